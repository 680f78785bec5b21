package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/secaws/secaws/session"
)

// askLimit ends a question nobody answers: others may be waiting for the answer, and its asker may have gone home.
const askLimit = 5 * time.Minute

// tooLate is a question that was not answered in time.
type tooLate struct{}

func (tooLate) Error() string { return fmt.Sprintf("no answer within %s", askLimit) }

func (tooLate) Hint() string { return "run the command again when you are at the terminal" }

// controllingTerminal is the terminal that the shell gave this process, found by its own name and not through stdin,
// stdout or stderr, which belong to the SDK that runs us.
type controllingTerminal struct{}

// ask asks on the person's terminal and trims what surrounds the answer.
func (e *env) ask(ctx context.Context, question string) (string, error) {
	return e.answer(ctx, question, false)
}

// askSecret asks for something that must not be seen.
func (e *env) askSecret(ctx context.Context, question string) (string, error) {
	return e.answer(ctx, question, true)
}

func (e *env) answer(ctx context.Context, question string, secret bool) (string, error) {
	if err := e.canPrompt(); err != nil {
		return "", err
	}
	answer, err := e.terminal.Ask(ctx, question, secret)
	return strings.TrimSpace(answer), err
}

// confirm asks a question whose answer is no unless the person types y or yes.
func (e *env) confirm(ctx context.Context, question string) (bool, error) {
	answer, err := e.ask(ctx, question+" [y/N] ")
	if err != nil {
		return false, err
	}
	answer = strings.ToLower(answer)
	return answer == "y" || answer == "yes", nil
}

// prompter asks for MFA codes on the terminal. The code is shown as it is typed: it is worthless once used, and a
// digit mistyped unseen costs the person half a minute.
type prompter struct{ e *env }

// MFACode asks for one code. SECAWS_PROMPT=none stands for "there is nobody to ask".
func (p prompter) MFACode(ctx context.Context, ask session.MFAPrompt) (string, error) {
	if err := p.e.canPrompt(); err != nil {
		return "", err
	}
	return p.e.ask(ctx, mfaQuestion(ask))
}

// mfaQuestion says for what the code is, and what was wrong with the last one.
func mfaQuestion(ask session.MFAPrompt) string {
	question := ""
	if ask.Problem != "" {
		question = "secaws: " + escape(ask.Problem) + "\n"
	}
	return question + fmt.Sprintf("MFA code of %s for %s: ", escape(ask.Serial), escape(ask.Profile))
}

// canPrompt says whether a person can be asked now.
func (e *env) canPrompt() error {
	switch how := e.getenv("SECAWS_PROMPT"); how {
	case "", "terminal":
		return e.terminal.Check()
	case "none":
		return session.ErrNoTerminal
	default:
		return hinted{fmt.Errorf("SECAWS_PROMPT=%q is not a way to ask", how), "use SECAWS_PROMPT=terminal or SECAWS_PROMPT=none"}
	}
}
