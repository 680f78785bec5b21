package configgen

import "slices"

// setting is one value of a profile and the place it was found at.
type setting struct {
	text string
	at   position
}

func (f setting) isZero() bool { return f.text == "" }

// view is a profile with those it includes, before its values are parsed.
type view struct {
	name   string
	layers []*profileSections // its own first, then what include_profile adds
}

// view follows include_profile (aws-vault's; parent_profile is its older name).
func (f *Files) view(name string) (view, error) {
	v := view{name: name}
	chain := []string{name}
	for next := name; ; {
		sections := f.profiles[next]
		v.layers = append(v.layers, sections)
		include := sections.setting("include_profile")
		if include.isZero() {
			include = sections.setting("parent_profile")
		}
		if include.isZero() {
			return v, nil
		}
		next = f.nameIn(include.text)
		if at := slices.Index(chain, next); at >= 0 {
			return view{}, &CycleError{Key: "include_profile", Chain: append(chain[at:], next), at: include.at}
		}
		if f.profiles[next] == nil {
			return view{}, &ValueError{Profile: name, Key: "include_profile", at: include.at, problem: f.unknown(next).Error(), hint: hintOf(f.unknown(next))}
		}
		chain = append(chain, next)
	}
}

// get finds a key in the layers: secaws_KEY before KEY, nearer layers first.
func (v view) get(key string) setting {
	for _, l := range v.layers {
		if f := l.setting("secaws_" + key); !f.isZero() {
			return f
		}
		if f := l.setting(key); !f.isZero() {
			return f
		}
	}
	return setting{}
}

// ours finds a key that only secaws knows.
func (v view) ours(key string) setting {
	for _, l := range v.layers {
		if f := l.setting("secaws_" + key); !f.isZero() {
			return f
		}
	}
	return setting{}
}

// setting is a key of both files; a block, or a key without a value, counts as not there.
func (p *profileSections) setting(key string) setting {
	e := p.entry(key)
	if e == nil || e.isNested() {
		return setting{}
	}
	return setting{text: e.value(), at: e.at}
}

func hintOf(err error) string {
	if h, ok := err.(interface{ Hint() string }); ok {
		return h.Hint()
	}
	return ""
}
