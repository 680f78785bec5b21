package main

import (
	"errors"

	"github.com/secaws/secaws/configgen"
	"github.com/secaws/secaws/session"
)

// roleSections are the sections of the profiles of a person whose key is called key.
func (e *env) roleSections(profiles []configgen.RoleProfile, region, key, mfaSerial string) ([]configgen.Section, error) {
	var sections []configgen.Section
	for _, p := range profiles {
		s, err := e.servedProfile(p.Name, region,
			configgen.KeyValue{Key: "secaws_key", Value: key},
			configgen.KeyValue{Key: "secaws_mfa_serial", Value: mfaSerial},
			configgen.KeyValue{Key: "secaws_role_arn", Value: p.RoleARN},
			configgen.KeyValue{Key: "external_id", Value: p.ExternalID})
		if err != nil {
			return nil, err
		}
		sections = append(sections, s)
	}
	return sections, nil
}

// writeRoleProfiles writes the person's profiles and returns the names of those that it wrote. A profile that is
// another key's, or the person's own work, is told and left alone; so is everything when secaws runs from a place that
// no file should name.
func (e *env) writeRoleProfiles(profiles []configgen.RoleProfile, region, key, mfaSerial string) ([]string, error) {
	p, err := e.paths()
	if err != nil {
		return nil, err
	}
	sections, err := e.roleSections(profiles, region, key, mfaSerial)
	var place placeError
	if errors.As(err, &place) {
		e.notice("no profiles are written: %v; %s", err, place.Hint())
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var written []string
	err = configgen.Edit(p.config, func(d *configgen.Document) error {
		written, err = e.setOwn(d, sections)
		return err
	})
	return written, err
}

// setOwn writes those of the sections that may be written, and returns their names; of each other one it tells why not.
func (e *env) setOwn(d *configgen.Document, sections []configgen.Section) ([]string, error) {
	var written []string
	for _, s := range sections {
		err := d.Set(s, false)
		var refused *configgen.WriteError
		switch {
		case errors.As(err, &refused):
			e.notice("%v: left as it is", err)
		case err != nil:
			return nil, err
		default:
			written = append(written, s.Name)
		}
	}
	return written, nil
}

// memberProfile is a profile as a session needs it, before or without its section in a file.
func memberProfile(p configgen.RoleProfile, region, key, mfaSerial, endpoint string, mfaProcess []string) session.Profile {
	return session.Profile{
		Name: p.Name, Key: key, Region: region, RoleARN: p.RoleARN, ExternalID: p.ExternalID,
		MFASerial: mfaSerial, MFAProcess: mfaProcess, Endpoint: endpoint,
	}
}
