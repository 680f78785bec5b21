package killpoint

import "golang.org/x/sys/unix"

// changingHere are calls that newer architectures have no longer.
var changingHere = []uint64{unix.SYS_RENAME, unix.SYS_UNLINK, unix.SYS_MKDIR, unix.SYS_RMDIR, unix.SYS_CREAT, unix.SYS_LINK, unix.SYS_SYMLINK, unix.SYS_CHMOD}
