// Package session turns a profile into credentials: it plans the calls to STS a
// profile asks for, makes them once for all the processes that want the same
// thing, keeps the results sealed until they are nearly out, and writes them in
// the forms SDKs and commands read.
package session

import "time"

// Profile is one profile of the config file, resolved: source_profile and
// include_profile followed, cycles refused, values parsed. It is a value; nothing
// here changes one.
type Profile struct {
	Name   string
	Key    string // name of the long-lived key
	Region string // "" = unknown

	RoleARN string   // "" = no role: a session of the key alone
	Source  *Profile // whose credentials assume RoleARN; nil = the key itself

	MFASerial  string   // ARN or hardware serial; "" = inherited from Source
	MFAProcess []string // argv of a program that prints a code; nil = inherited, else ask the person

	RoleSessionName string // "" = the name of the key's user
	ExternalID      string
	SourceIdentity  string
	Policy          string // session policy, JSON
	PolicyARNs      []string
	Tags            map[string]string
	TransitiveTags  []string // keys of Tags that pass on along a chain

	Duration        time.Duration // of RoleARN's session; 0 = 1 h
	SessionDuration time.Duration // of the key's session (GetSessionToken); 0 = inherited, else 12 h
	Direct          bool          // give the MFA code to AssumeRole itself, without a session of the key

	Endpoint        string // STS endpoint override; "" = AWS's own
	EndpointFrom    string // what set Endpoint, to tell the person: "AWS_ENDPOINT_URL_STS", `profile "Ops"`; "": they know
	TrustedEndpoint string // host, or origin with scheme, that the profile allows Endpoint to be
}
