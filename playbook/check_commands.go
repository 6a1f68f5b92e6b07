package playbook

import (
	"encoding/base64"
	"strconv"
	"strings"

	"github.com/soarkit/soarkit/internal/jsontree"
)

// The command types that this package looks into. The vocabulary is open.
const (
	ManualCommand     = "manual"      // a question to a person; see [Manual]
	HTTPCommand       = "http-api"    // an HTTP request; see [HTTP]
	OpenC2Command     = "openc2-http" // no executor here carries out the rest
	BashCommand       = "bash"
	SSHCommand        = "ssh"
	PowerShellCommand = "powershell"

	// OperationCommand is ours: a call of an operation of the caller's catalog
	// of connectors; see [Operations].
	OperationCommand = "soarkit-operation"
)

var commandTypes = []string{
	"bash", "caldera-cmd", "elastic", HTTPCommand, "jupyter", "kestrel", ManualCommand, OpenC2Command,
	"powershell", "sigma", "ssh", "yara", OperationCommand,
}

// checkCommands looks at the commands of action steps one by one.
func (v *validator) checkCommands() {
	for _, s := range v.p.Steps {
		for i := range s.Commands {
			v.checkCommand(s, &s.Commands[i])
		}
	}
}

func (v *validator) checkCommand(s *Step, c *Command) {
	if c.Type != "" {
		v.term(c.node.Get("type"), c.Type, commandTypes)
	}
	for _, name := range []string{"command_b64", "content_b64"} {
		if encoded, ok := c.node.Get(name).Text(); ok {
			if _, err := base64.StdEncoding.DecodeString(encoded); err != nil {
				v.at(c.node.Get(name), "CM-02", "is not base64 text of the standard alphabet with padding; encode it again")
			}
		}
	}
	switch c.Type {
	case HTTPCommand, OpenC2Command:
		v.checkStartLine(c)
	case OperationCommand:
		v.checkOperation(c)
	case BashCommand, SSHCommand, PowerShellCommand:
		if name := firstReference(c.Command); name != "" {
			v.at(c.node.Get("command"), "VA-13", "%s is written into the text of a %s command; a value from outside can run commands, so pass it as an argument", name, c.Type)
		}
	}
	if a := v.p.Agent(s.Agent); a != nil && c.Type != ManualCommand && isPerson(a.Type) {
		other := "that a program can be"
		if c.Type == OperationCommand {
			other = `of the type "soarkit", the program that runs the playbook`
		}
		v.at(c.node.Get("type"), "ACT-01", "the agent %s is of type %s, which carries out no %s command; use a manual command, or an agent %s", quote(a.Name), a.Type, c.Type, other)
	}
}

func isPerson(agentType string) bool {
	switch agentType {
	case "individual", "group", "organization", "location", "sector":
		return true
	}
	return false
}

// checkStartLine checks the start line of an HTTP request. Its parts may hold
// variables, which have no spaces before or after substitution.
func (v *validator) checkStartLine(c *Command) {
	n := c.node.Get("command")
	if n == nil {
		return // the schema says so
	}
	method, _, problem := startLine(c.Command)
	if problem != "" {
		v.at(n, "CM-03", "%s %s; write METHOD target HTTP/1.1, for instance GET /v1/hosts HTTP/1.1", quote(c.Command), problem)
		return
	}
	if c.Type == OpenC2Command && method != "POST" {
		v.at(n, "CM-04", "OpenC2 messages are sent with POST, not %s", method)
	}
}

// startLine splits the start line of an HTTP request into method and target.
// The problem is "" if it is well formed.
func startLine(line string) (method, target, problem string) {
	parts := strings.Split(line, " ")
	switch {
	case len(parts) != 3:
		return "", "", "has " + count(len(parts), "part") + " between single spaces, not three"
	case !isToken(parts[0]) || strings.ToUpper(parts[0]) != parts[0]:
		return "", "", "does not begin with a method in upper case"
	case parts[1] == "":
		return "", "", "has an empty target"
	case parts[2] != "HTTP/1.0" && parts[2] != "HTTP/1.1" && parts[2] != "HTTP/2" && parts[2] != "HTTP/2.0" && parts[2] != "HTTP/3":
		return "", "", "does not end with the version, such as HTTP/1.1"
	}
	return parts[0], parts[1], ""
}

// isToken tells whether s is a token as RFC 9110 has it.
func isToken(s string) bool {
	for i := range len(s) {
		c := s[i]
		if !('a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || strings.IndexByte("!#$%&'*+-.^_`|~", c) >= 0) {
			return false
		}
	}
	return s != ""
}

func (v *validator) checkOperation(c *Command) {
	if n := c.node.Get("command"); n != nil && (c.Command == "" || strings.ContainsAny(c.Command, " \t\r\n") || firstReference(c.Command) != "") {
		v.at(n, "CM-05", "%s is no operation's name; write it plainly, without variables or spaces", quote(c.Command))
	}
	n, content := c.node.Get("content"), c.Content
	if n == nil {
		var err error
		n = c.node.Get("content_b64")
		if content, err = decode64(c.ContentB64); err != nil || n == nil {
			return
		}
	}
	if _, err := jsontree.ParseString(content, contentLimits); err != nil {
		v.at(n, "CM-05", "the content is not JSON: %v; variables stand within its strings, as in {\"host\": \"__host__:value\"}", err)
	}
}

var contentLimits = jsontree.Limits{MaxBytes: MaxValueBytes, MaxDepth: MaxDepth}

func decode64(s string) (string, error) {
	b, err := base64.StdEncoding.DecodeString(s)
	return string(b), err
}

// isPort tells whether s is a port's number.
func isPort(s string) bool {
	n, err := strconv.ParseUint(s, 10, 16)
	return err == nil && n > 0 && s[0] != '+'
}
