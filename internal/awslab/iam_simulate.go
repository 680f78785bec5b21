package awslab

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/secaws/secaws/internal/awslab/policy"
)

var simulateActions = []action{
	{Name: "SimulatePrincipalPolicy", Read: true, Resource: onParam("PolicySourceArn"), Run: simulatePrincipal},
	{Name: "SimulateCustomPolicy", Read: true, Run: simulateCustom},
	{Name: "GetContextKeysForPrincipalPolicy", Read: true, Resource: onParam("PolicySourceArn"), Run: principalContextKeys},
	{Name: "GetContextKeysForCustomPolicy", Read: true, Run: customContextKeys},
}

// actionNameMax is the length of an action's name in a simulation.
const actionNameMax = 128

// simulation is what a simulation is run with: policies whose texts are kept, to tell
// where in them a statement stands.
type simulation struct {
	principal policy.Principal
	policies  policy.Policies
	texts     map[string]string // by policy name
	context   policy.Context
	owner     string // account of the resources, "" for the principal's own
}

// simulatePrincipal tells what the policies of a user, group or role would allow:
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulatePrincipalPolicy.html
func simulatePrincipal(c *call) (any, error) {
	s := c.newSimulation()
	if err := s.addSource(c); err != nil {
		return nil, err
	}
	return c.simulate(s)
}

// simulateCustom tells what the policies in the request would allow:
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulateCustomPolicy.html
func simulateCustom(c *call) (any, error) {
	s := c.newSimulation()
	s.principal = policy.Principal{ARN: c.params.str("CallerArn"), Identity: c.params.str("CallerArn"), Account: c.account.ID}
	if len(c.params.list("PolicyInputList")) == 0 && !c.params.has("PolicyInputList") {
		return nil, validationError("1 validation error detected: Value at 'policyInputList' failed to satisfy constraint: Member must not be null")
	}
	return c.simulate(s)
}

func (c *call) newSimulation() *simulation {
	s := &simulation{texts: map[string]string{}, context: policy.Context{}}
	s.context.Set("aws:CurrentTime", c.now.Format(time.RFC3339))
	s.context.Set("aws:EpochTime", strconv.FormatInt(c.now.Unix(), 10))
	return s
}

// addSource takes the policies of the user, group or role a request names.
func (s *simulation) addSource(c *call) error {
	h, err := c.policySource()
	if err != nil {
		return err
	}
	s.principal = policy.Principal{ARN: h.arn(c.account), Identity: h.arn(c.account), ID: h.id, Account: c.account.ID}
	if caller := c.params.str("CallerArn"); caller != "" {
		s.principal.ARN = caller
	}
	s.context.Set("aws:PrincipalArn", s.principal.ARN)
	s.context.Set("aws:PrincipalAccount", c.account.ID)
	for _, t := range h.tags {
		s.context.Set("aws:PrincipalTag/"+t.Key, t.Value)
	}
	for _, of := range c.account.policyHolders(h) {
		s.addHolder(c.account, of)
	}
	if h.kind == "User" {
		s.context.Set("aws:username", h.name)
		s.context.Set("aws:userid", h.id)
	}
	if h.boundary != nil && *h.boundary != "" {
		s.policies.Boundary = &policy.Policy{Name: *h.boundary, Document: &policy.Document{}}
		if p := c.account.managed(*h.boundary); p != nil {
			s.policies.Boundary = s.read(p.Name, p.Document())
		}
	}
	return nil
}

// policySource returns the user, group or role of PolicySourceArn.
func (c *call) policySource() (*holder, error) {
	v := c.check()
	arn := v.required("PolicySourceArn", arnMax, nil)
	if err := v.err(); err != nil {
		return nil, err
	}
	for _, h := range c.account.holders() {
		if h.arn(c.account) == arn {
			return h, nil
		}
	}
	if parts := strings.SplitN(arn, ":", 6); len(parts) < 6 || parts[2] != "iam" {
		return nil, invalidInput("Invalid Entity Arn: %s", arn)
	}
	return nil, noSuchEntity("No entity found with ARN %s", arn)
}

// policyHolders are those whose policies count for h: a user's groups do, too.
func (a *Account) policyHolders(h *holder) []*holder {
	all := []*holder{h}
	if h.kind == "User" {
		for _, g := range a.groupsOf(a.Users[fold(h.name)]) {
			all = append(all, g.holder())
		}
	}
	return all
}

func (s *simulation) addHolder(a *Account, h *holder) {
	for _, name := range slices.Sorted(maps.Keys(*h.inline)) {
		id := strings.ToLower(h.kind) + "_" + h.name + "_" + name
		s.policies.Identity = append(s.policies.Identity, *s.read(id, (*h.inline)[name]))
	}
	for _, arn := range *h.attached {
		if p := a.managed(arn); p != nil {
			s.policies.Identity = append(s.policies.Identity, *s.read(p.Name, p.Document()))
		}
	}
}

// read parses a stored policy: one that cannot be read allows nothing.
func (s *simulation) read(name, text string) *policy.Policy {
	s.texts[name] = text
	d, err := policy.ParseSession([]byte(text))
	if err != nil {
		d = &policy.Document{}
	}
	return &policy.Policy{Name: name, Document: d}
}

// addGiven takes the policies, the context and the owner a request gives.
func (s *simulation) addGiven(c *call) error {
	identity, err := s.given(c, "PolicyInputList")
	if err != nil {
		return err
	}
	s.policies.Identity = append(s.policies.Identity, identity...)
	boundary, err := s.given(c, "PermissionsBoundaryPolicyInputList")
	if err != nil {
		return err
	}
	if len(boundary) > 0 {
		s.policies.Boundary = &boundary[0]
	}
	if text := c.params.str("ResourcePolicy"); text != "" {
		d, err := policy.ParseResource([]byte(text))
		if err != nil {
			return invalidInput("Invalid Policy: %s", err)
		}
		s.texts["ResourcePolicy"] = text
		s.policies.Resource = &policy.Policy{Name: "ResourcePolicy", Document: d}
	}
	for _, entry := range c.params.structs("ContextEntries") {
		s.context.Set(entry.str("ContextKeyName"), entry.list("ContextKeyValues")...)
	}
	if owner := strings.SplitN(c.params.str("ResourceOwner"), ":", 6); len(owner) == 6 {
		s.owner = owner[4]
	}
	return nil
}

func (s *simulation) given(c *call, param string) ([]policy.Policy, error) {
	var all []policy.Policy
	for i, text := range c.params.list(param) {
		d, err := policy.ParseSession([]byte(text))
		if err != nil {
			return nil, invalidInput("Invalid Policy: %s", err)
		}
		name := fmt.Sprintf("%s.%d", param, i+1)
		s.texts[name] = text
		all = append(all, policy.Policy{Name: name, Document: d})
	}
	return all, nil
}

// contextKeys returns the keys the policies of s ask for, each once, by name.
func (s *simulation) contextKeys() []string {
	keys := map[string]string{}
	all := slices.Clone(s.policies.Identity)
	for _, p := range []*policy.Policy{s.policies.Boundary, s.policies.Resource} {
		if p != nil {
			all = append(all, *p)
		}
	}
	for _, p := range all {
		for _, key := range p.ContextKeys() {
			keys[fold(key)] = key
		}
	}
	return slices.Sorted(maps.Values(keys))
}

func principalContextKeys(c *call) (any, error) {
	s := c.newSimulation()
	if err := s.addSource(c); err != nil {
		return nil, err
	}
	return c.contextKeysResult(s)
}

func customContextKeys(c *call) (any, error) { return c.contextKeysResult(c.newSimulation()) }

func (c *call) contextKeysResult(s *simulation) (any, error) {
	if err := s.addGiven(c); err != nil {
		return nil, err
	}
	return struct{ ContextKeyNames list[string] }{listOf(s.contextKeys())}, nil
}

// simulatedActions returns the actions of a request, and its resources: none for "*".
func (c *call) simulatedActions() (actions, resources []string, err error) {
	actions, resources = c.params.list("ActionNames"), c.params.list("ResourceArns")
	if len(actions) == 0 {
		return nil, nil, validationError("1 validation error detected: Value at 'actionNames' failed to satisfy constraint: Member must not be null")
	}
	for _, name := range actions {
		if !strings.Contains(name, ":") || len(name) > actionNameMax {
			return nil, nil, refuse(http.StatusBadRequest, "InvalidInput", "Invalid Action Name: %s", name)
		}
	}
	if slices.Equal(resources, []string{"*"}) {
		resources = nil
	}
	return actions, resources, nil
}
