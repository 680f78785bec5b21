//go:build unix

package configgen

import (
	"io/fs"
	"os"
	"syscall"
)

// isForeign tells whether a file belongs to another user than the one we run as.
func isForeign(info fs.FileInfo) bool {
	stat, ok := info.Sys().(*syscall.Stat_t)
	return ok && int(stat.Uid) != os.Geteuid()
}
