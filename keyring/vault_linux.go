package keyring

func newPlatformVault(base library) vault {
	switch base.backend {
	case SecretService:
		return &serviceVault{library: base}
	case KeyCtl:
		base.prepare = linkUserKeyring
	}
	return &base
}
