package session

import (
	"context"
	"errors"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// Who is the owner of credentials, as AWS tells it.
type Who struct{ ARN, Account, UserID string }

// GetCallerIdentity is the SDK client's operation of that name. It is a function and no interface: a client converted
// to an interface makes the linker keep all of its operations.
type GetCallerIdentity func(context.Context, *sts.GetCallerIdentityInput, ...func(*sts.Options)) (*sts.GetCallerIdentityOutput, error)

// Identify asks AWS whose credentials ask signs with; no policy can forbid that.
// key is the access key's name, for the messages, and clock the client's. Its error
// is an *Error.
// https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html
func Identify(ctx context.Context, ask GetCallerIdentity, key string, clock *Clock) (Who, error) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	out, err := ask(ctx, &sts.GetCallerIdentityInput{})
	if err != nil {
		return Who{}, classify(&Error{Key: key, Action: callerIdentity, Skew: clock.Offset(), err: err}, clock)
	}
	return Who{ARN: aws.ToString(out.Arn), Account: aws.ToString(out.Account), UserID: aws.ToString(out.UserId)}, nil
}

// callerIdentity is no step of a plan: it yields no session.
const callerIdentity Action = "GetCallerIdentity"

// classify fills in what e.err, the SDK's error, says.
func classify(e *Error, clock *Clock) *Error {
	var refusal smithy.APIError
	if !errors.As(e.err, &refusal) {
		e.Kind = networkKind(e.err)
		return e
	}
	e.Code, e.Message = clip(refusal.ErrorCode()), clip(refusal.ErrorMessage())
	var answer *smithyhttp.ResponseError
	status := 0
	if errors.As(e.err, &answer) {
		status = answer.HTTPStatusCode()
	}
	e.Kind = refusalKind(e.Code, e.Message, status)
	if e.Kind == WrongSecret && clock.wrong() {
		e.Kind = ClockSkew
	}
	return e
}
