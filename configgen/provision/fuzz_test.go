package provision

import "testing"

// A document's canonical form is its own canonical form, and equals the document.
func FuzzCanonical(f *testing.F) {
	f.Add(openTrust)
	f.Add(`{"Statement":[[["a"],"b"],[]],"x":true}`)
	f.Add(`not JSON`)
	f.Fuzz(func(t *testing.T, document string) {
		form := canonical(document)
		if again := canonical(form); again != form {
			t.Errorf("%q becomes %q, then %q", document, form, again)
		}
		if !sameDocument(document, form) {
			t.Errorf("%q is not the same as %q", document, form)
		}
		for _, line := range Difference(document, form) {
			if line.Sign != ' ' {
				t.Errorf("%q differs from its canonical form in %q", document, line.Text)
			}
		}
	})
}

// What destroy puts back is what was remembered, or nothing.
func FuzzParsePassword(f *testing.F) {
	f.Add(Password{MinimumLength: 9, UsersChange: true}.String())
	f.Add("none")
	f.Fuzz(func(t *testing.T, text string) {
		p, err := parsePassword(text)
		if err != nil {
			return
		}
		if again, err := parsePassword(p.String()); err != nil || again != p {
			t.Errorf("%q is %v, then %v (%v)", text, p, again, err)
		}
	})
}
