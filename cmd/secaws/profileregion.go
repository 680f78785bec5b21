package main

import "strings"

// newRegion is the region for a profile that says none, and tells where it comes from. SDKs want one, and take it from no
// other profile. arn is of something the profile needs, "" for nothing: outside the partition aws nothing is guessed.
func (e *env) newRegion(profile, arn string) string {
	change := "secaws config write " + profile + " --region REGION"
	for _, known := range e.knownRegions() {
		if known.region != "" {
			e.notice("profile %s gets the region %s, that of %s", profile, known.region, known.from)
			return known.region
		}
	}
	if arn != "" && !strings.HasPrefix(arn, "arn:aws:") {
		e.notice("profile %s gets no region, as none is known here; SDKs want one: %s", profile, change)
		return ""
	}
	e.notice("profile %s gets the region %s, as no other is known here; to change it: %s", profile, usualRegion, change)
	return usualRegion
}

type knownRegion struct{ region, from string }

// knownRegions are the person's own, the surest first.
func (e *env) knownRegions() []knownRegion {
	known := []knownRegion{{e.getenv("AWS_REGION"), "AWS_REGION"}, {e.getenv("AWS_DEFAULT_REGION"), "AWS_DEFAULT_REGION"}}
	if files, err := e.files(); err == nil {
		known = append(known, knownRegion{files.Region("default"), "the default profile"})
	}
	return append(known, knownRegion{e.knownBlueprint("").Region, "the blueprint"})
}

// noEnvironment lets profiles count as they stand in the files.
func noEnvironment(string) string { return "" }
