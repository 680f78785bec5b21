package awslab

import (
	"encoding/xml"
	"fmt"
	"net/http"
	"time"
)

// action is one API action. Actions are rows of tables: iamActions, stsActions, s3Actions.
//
// The server authenticates the caller, decodes the parameters, asks the policies
// for Permission on Resource, and runs the action, all under Lab.mu. An action is
// a plain function over its call: it does not lock, sleep or log.
type action struct {
	// Name is the API action, "CreateUser".
	Name string

	// Permission is the IAM action asked for; "" means service:Name.
	Permission string

	// Read marks an action that changes nothing. Its call sees the accounts as they
	// were one propagation delay ago; the others see, and change, them as they are.
	Read bool

	// Open marks an action that no policy is asked for here: those anyone may
	// call, and those that call.authorize themselves.
	Open bool

	// Resource gives the ARN to authorise; nil means "*". An entity that is not
	// there yet is named by the ARN it would have with the path "/".
	Resource func(*call) string

	// Context gives condition keys beyond the global ones, which the server knows:
	// {"iam:PolicyARN": {…}}. Request tags (Tags.member.N) are added by the server.
	Context func(*call) map[string][]string

	// Run does it. The result is a struct that encoding/xml can marshal, the content
	// of <NameResult>; nil where AWS's answer has none. S3 actions return *response.
	// The error is an *apiError, else the caller is told InternalFailure.
	Run func(*call) (any, error)
}

// permission returns the IAM action an action needs, "iam:CreateUser".
func (a action) permission(service string) string {
	if a.Permission != "" {
		return a.Permission
	}
	return service + ":" + a.Name
}

// call is one request, authenticated.
type call struct {
	lab       *Lab
	service   string // "iam", "sts" or "s3"
	action    string // "CreateUser"
	region    string // of the signature's scope
	requestID string
	now       time.Time
	sourceIP  string
	secure    bool // came over TLS

	principal *Principal
	state     *State   // all accounts: as replicated for an action that Reads, else as they are
	account   *Account // the caller's, in state
	params    params   // of the query protocol

	request     *http.Request // headers and query; its body has been read
	body        []byte        // decoded and verified, S3 only
	bucket, key string        // S3 only
}

// Principal is who calls.
type Principal struct {
	Account string
	ARN     string // arn:aws:iam::…:user/…, arn:aws:sts::…:assumed-role/R/S, arn:aws:sts::…:federated-user/F
	UserID  string // AIDA…, AROA…:S, 111111111111:F: the value of aws:userid
	KeyID   string
	User    *User    // the user, also behind a SessionToken or FederationToken; nil for a role
	Role    *Role    // of an assumed-role session
	Session *Session // nil for long-lived keys
}

// identityARN is the ARN of the IAM user or role behind p: the value of aws:PrincipalArn.
func (p *Principal) identityARN(a *Account) string {
	switch {
	case p.Role != nil:
		return a.roleARN(p.Role)
	default:
		return a.userARN(p.User)
	}
}

// response is an answer outside the query protocol.
type response struct {
	Status int // 0: 200
	Header http.Header
	Body   []byte
}

// apiError is an error as AWS tells it.
type apiError struct {
	Code    string // as on the wire: "NoSuchEntity"
	Status  int
	Message string
	Extra   []field     // further elements of an S3 error: BucketName, …
	Header  http.Header // further headers of an S3 error
}

// field is one XML element holding text.
type field struct{ Name, Value string }

func (e *apiError) Error() string { return e.Code + ": " + e.Message }

// refuse returns an error of the caller's making.
func refuse(status int, code, format string, args ...any) *apiError {
	return &apiError{Code: code, Status: status, Message: fmt.Sprintf(format, args...)}
}

// The errors of IAM that many actions share, with IAM's status codes:
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateUser.html#API_CreateUser_Errors
func noSuchEntity(format string, args ...any) *apiError {
	return refuse(http.StatusNotFound, "NoSuchEntity", format, args...)
}

func alreadyExists(format string, args ...any) *apiError {
	return refuse(http.StatusConflict, "EntityAlreadyExists", format, args...)
}

func limitExceeded(format string, args ...any) *apiError {
	return refuse(http.StatusConflict, "LimitExceeded", format, args...)
}

func deleteConflict(message string) *apiError {
	return refuse(http.StatusConflict, "DeleteConflict", "%s", message)
}

func invalidInput(format string, args ...any) *apiError {
	return refuse(http.StatusBadRequest, "InvalidInput", format, args...)
}

func malformedPolicy(message string) *apiError {
	return refuse(http.StatusBadRequest, "MalformedPolicyDocument", "%s", message)
}

func validationError(format string, args ...any) *apiError {
	return refuse(http.StatusBadRequest, "ValidationError", format, args...)
}

func accessDenied(format string, args ...any) *apiError {
	return refuse(http.StatusForbidden, "AccessDenied", format, args...)
}

// list is a list in a result: <Users><member>…</member></Users>, the outer element
// being there even when it is empty, as clients expect. Use it as a field's type.
type list[T any] struct {
	Members []T `xml:"member"`
}

// listOf returns items as a list.
func listOf[T any](items []T) list[T] { return list[T]{items} }

// mapOf is a map in a result: <SummaryMap><entry><key>…</key><value>…</value></entry></SummaryMap>.
type mapOf struct {
	Entries []mapEntry `xml:"entry"`
}

type mapEntry struct {
	Key   string `xml:"key"`
	Value string `xml:"value"`
}

// stamp writes a moment as the query protocol does, or nothing for the zero time;
// give the field the type *string and omitempty is implied.
func stamp(t time.Time) *string {
	if t.IsZero() {
		return nil
	}
	s := t.UTC().Format("2006-01-02T15:04:05Z")
	return &s
}

// text returns a pointer to s, nil when it is empty: a field of type *string is then left out.
func text(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// namespace is the XML namespace of a service's answers and its API version.
func namespace(service string) string {
	if service == "sts" {
		return "https://sts.amazonaws.com/doc/2011-06-15/"
	}
	return "https://iam.amazonaws.com/doc/2010-05-08/"
}

// encodeResult writes the answer of a query action:
// <CreateUserResponse xmlns=…><CreateUserResult>…</…><ResponseMetadata><RequestId>….
func encodeResult(c *call, result any) ([]byte, error) {
	type metadata struct {
		RequestID string `xml:"RequestId"`
	}
	var out xmlBuffer
	out.open(c.action+"Response", xml.Attr{Name: xml.Name{Local: "xmlns"}, Value: namespace(c.service)})
	if result != nil {
		out.element(c.action+"Result", result)
	}
	out.element("ResponseMetadata", metadata{c.requestID})
	return out.close()
}

// encodeError writes an error of the query protocol.
func encodeError(service, requestID string, e *apiError) []byte {
	type detail struct {
		Type, Code string
		Message    string `xml:",omitempty"`
	}
	kind := "Sender"
	if e.Status >= 500 {
		kind = "Receiver"
	}
	var out xmlBuffer
	out.open("ErrorResponse", xml.Attr{Name: xml.Name{Local: "xmlns"}, Value: namespace(service)})
	out.element("Error", detail{kind, e.Code, e.Message})
	out.element("RequestId", requestID)
	text, _ := out.close() // three strings cannot be refused
	return text
}
