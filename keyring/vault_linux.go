package keyring

func newPlatformVault(base library) vault {
	if base.backend == KeyCtl {
		base.prepare = linkUserKeyring
	}
	return &base
}
