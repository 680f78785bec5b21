package awslab

// stsActions is the table of the actions of STS.
func stsActions() []action { return nil }
