// Package configgen reads and edits the files in ~/.aws and holds the Blueprint of
// an organisation's accounts, groups and roles.
//
// # Reading
//
// Load reads config and credentials the way the AWS CLI does, down to its oddities
// (https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-files.html; the
// grammar is that of Python's RawConfigParser, with one level of nesting added).
// Where the AWS CLI and the AWS SDKs differ, the AWS CLI is followed:
//
//   - A section or a key that is there twice makes the whole file an error; the SDK for Go merges.
//   - A profile's name with blanks needs quotes: [profile "my team"]. Without them the
//     AWS CLI ignores the section; the SDK for Go reads it.
//   - [profile default] and [default] are one profile, and the later section replaces
//     the earlier one; the SDK for Go prefers [profile default].
//   - A key with a smaller or equal indent ends a continuation, a larger one continues
//     the value, whatever it looks like.
//   - [DEFAULT] gives its keys to every section.
//   - A value keeps its quotes and everything behind " #" (Raw shows it so).
//   - A profile takes nothing from [default]; aws-vault lets it.
//
// Two things are read that the AWS CLI refuses or cannot use, because the SDKs use
// them and no other meaning is possible: a byte order mark at the start of a file,
// and quotes or an inline comment (" #", " ;") around a value that can hold neither,
// such as a region or an ARN.
package configgen
