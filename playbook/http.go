package playbook

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"maps"
	"mime"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/soarkit/soarkit/connector"
	"github.com/soarkit/soarkit/internal/callctx"
	"github.com/soarkit/soarkit/internal/jsontree"
	"github.com/soarkit/soarkit/ioc/marking"
)

// A Doer makes HTTP requests, as *[connector.Client] does. Give one that bounds
// hosts, addresses and redirects: a playbook says where requests go.
type Doer interface {
	Do(ctx context.Context, r *connector.Request) (*connector.Response, error)
}

// HTTPOptions configure the executor of http-api commands. The zero value of a
// field is its default.
type HTTPOptions struct {
	// Audience is who sees what is sent to the hosts, and Action what an
	// adversary may notice of it. With the marking of the data they decide whether
	// a request may leave. The defaults are the public and the adversary, to whom
	// only little may go.
	Audience marking.Audience
	Action   marking.Action

	// Policies that each request runs under. The default is a
	// [connector.Guard] alone.
	Policies []connector.Policy

	// Secret returns the secret for a kms_key_identifier. Without it, commands
	// whose authentication information is kept in a key management system fail.
	Secret func(ctx context.Context, key string) (connector.Secret, error)

	// Accept lists statuses besides 2xx that mean success, such as 404 for a
	// lookup.
	Accept []int

	// SendKey sends the command's idempotency key, for services that honour one.
	// Then requests of an unsafe method are repeated as well where that helps.
	SendKey bool
}

// HTTP returns the executor of http-api commands: HTTP requests made with
// client.
//
// The command is the request's start line, METHOD target HTTP/1.1. A target that
// is a path is taken from the address of the step's target, or of its agent if
// it has none: its url, else its dname, ipv4 or ipv6 with its port (80; https if
// the port is 443). An absolute URL must be of that same host, if there is one.
// Credentials are those of the object that gave the address; an oauth2 token is
// sent as "Authorization: Bearer".
//
// Values of variables are percent-encoded in the target, kept free of line
// breaks in headers, and in content made safe for its media type: within the
// strings of JSON, or percent-encoded in forms; other content takes them as they
// are. A target that is nothing but one reference is taken as it is.
//
// A status of 200 to 299 is success. The step's out_args take members of a JSON
// response, see [Call.OutputsFrom]; __http_status__ and __http_body__ are the
// status and the body as text.
func HTTP(client Doer, opts HTTPOptions) Executor {
	h := httpExecutor{opts: opts}
	policies := opts.Policies
	if policies == nil {
		policies = []connector.Policy{connector.Guard{}.Policy()}
	}
	send := func(info connector.Operation) connector.Op[*connector.Request, *connector.Response] {
		return connector.Wrap(func(ctx context.Context, c *connector.Call[*connector.Request]) (*connector.Response, error) {
			return client.Do(ctx, c.Input)
		}, &info, policies...)
	}
	info := connector.Operation{Connector: HTTPCommand, Name: "read", Effect: connector.Reads, Action: opts.Action, Audience: opts.Audience}
	h.read = send(info)
	info.Name, info.Effect = "write", connector.Changes
	h.write = send(info)
	return Executor{Execute: h.execute, Check: checkHTTP, Changes: changesHTTP}
}

type httpExecutor struct {
	read, write connector.Op[*connector.Request, *connector.Response]
	opts        HTTPOptions
}

func changesHTTP(c *Call) bool {
	method, _, _ := startLine(c.Command.Command)
	return method != http.MethodGet && method != http.MethodHead && method != http.MethodOptions
}

func checkHTTP(c *Call) error {
	text, err := c.Text()
	if err != nil {
		return err
	}
	if _, _, problem := startLine(text); problem != "" {
		return fmt.Errorf("%s %s", quote(text), problem)
	}
	_, err = c.Content()
	return err
}

func (h httpExecutor) execute(ctx context.Context, c *Call) (Outputs, error) {
	request, err := h.request(ctx, c)
	if err != nil {
		return nil, err
	}
	send := h.read
	if changesHTTP(c) {
		send = h.write
	}
	response, err := send.Do(ctx, request)
	if err != nil {
		return nil, err
	}
	return httpOutputs(c, response.Status, response.Body)
}

// withoutURL drops the URL from an error: its query may be secret.
func withoutURL(err error) error {
	if u, ok := errors.AsType[*url.Error](err); ok {
		return u.Err
	}
	return err
}

// httpOutputs takes the step's out_args from a response.
func httpOutputs(c *Call, status int, body []byte) (Outputs, error) {
	wanted := c.OutArgs()
	if len(wanted) == 0 {
		return nil, nil
	}
	own := Outputs{"__http_status__": strconv.Itoa(status), "__http_body__": strings.ToValidUTF8(string(body), "\ufffd")}
	out := Outputs{}
	rest := 0 // out_args that are not ours
	for _, v := range wanted {
		if value, ok := own[v.Name]; ok {
			out[v.Name] = value
		} else {
			rest++
		}
	}
	if rest == 0 {
		return out, nil
	}
	root, err := jsontree.Parse(body, jsontree.Limits{MaxBytes: len(body)})
	if err != nil {
		if len(wanted) == 1 {
			return Outputs{wanted[0].Name: own["__http_body__"]}, nil
		}
		return nil, fmt.Errorf("the response is not JSON, so it has no members for %s: %w", joinAnd(c.Step.OutArgs), err)
	}
	if root.Kind() != jsontree.Object && len(wanted) > 1 {
		return nil, fmt.Errorf("the response is %s, so it has no members for %s", article(root.Kind()), joinAnd(c.Step.OutArgs))
	}
	members, err := c.OutputsFrom(body)
	maps.Copy(out, members)
	return out, err
}

// request makes the request of a command.
func (h httpExecutor) request(ctx context.Context, c *Call) (*connector.Request, error) {
	line, err := c.Text()
	if err != nil {
		return nil, err
	}
	method, target, problem := startLine(line)
	if problem != "" {
		return nil, fmt.Errorf("%s %s", quote(line), problem)
	}
	host := c.Target
	if host == nil || len(host.Address) == 0 && c.Agent != nil && len(c.Agent.Address) > 0 {
		host = c.Agent
	}
	u, err := c.url(target, host)
	if err != nil {
		return nil, err
	}
	if err := c.AllowHost(u.Host); err != nil {
		return nil, err
	}
	header, err := c.header()
	if err != nil {
		return nil, err
	}
	content, err := c.content(header)
	if err != nil {
		return nil, err
	}
	request := &connector.Request{Method: method, URL: u.String(), Header: header, Accept: h.opts.Accept, Op: "request"}
	if len(content) > 0 {
		request.Length = int64(len(content))
		request.Body = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(content)), nil }
	}
	if call, ok := callctx.From(ctx); ok && h.opts.SendKey {
		request.Key = call.Key
	}
	return request, h.authenticate(ctx, c, host, header)
}

// url makes the request's URL. Where the template ends and a value begins is
// known, so a value cannot leave its place.
func (c *Call) url(template string, host *AgentTarget) (*url.URL, error) {
	escape := func(value string) (string, error) { return percentEncode(value), nil }
	if pieces := parseTemplate(template, c.vars.declared); len(pieces) == 1 && pieces[0].name != "" {
		escape = plain
	}
	target, err := c.SubstituteWith(template, escape)
	if err != nil {
		return nil, err
	}
	if i := strings.IndexFunc(target, func(r rune) bool { return r <= ' ' || r == 0x7f }); i >= 0 {
		return nil, fmt.Errorf("the request's target holds a blank or control character; percent-encode it")
	}
	u, err := url.Parse(target)
	if err != nil {
		return nil, fmt.Errorf("the request's target is no URL: %w", withoutURL(err))
	}
	for segment := range strings.SplitSeq(u.EscapedPath(), "/") {
		if s, err := url.PathUnescape(segment); err != nil || s == "." || s == ".." {
			return nil, errors.New("the request's path holds a . or .. segment, which could lead elsewhere")
		}
	}
	base, err := c.base(host)
	if err != nil {
		return nil, err
	}
	switch {
	case u.IsAbs() || u.Host != "":
		if u.Scheme != "http" && u.Scheme != "https" {
			return nil, fmt.Errorf("the request's target has scheme %s, not http or https", quote(u.Scheme))
		}
		if base != nil && !strings.EqualFold(base.Hostname(), u.Hostname()) {
			return nil, fmt.Errorf("the request is for host %s, but the step's target is %s", quote(u.Hostname()), quote(base.Hostname()))
		}
	case base == nil:
		return nil, fmt.Errorf("nothing says which host the request goes to; give the step a target with an address, or write an absolute URL")
	default:
		u.Scheme, u.Host = base.Scheme, base.Host
		prefix := strings.TrimSuffix(base.EscapedPath(), "/")
		joined, err := url.Parse(prefix + "/" + strings.TrimPrefix(u.EscapedPath(), "/"))
		if err != nil {
			return nil, fmt.Errorf("the request's target is no path: %w", withoutURL(err))
		}
		u.Path, u.RawPath = joined.Path, joined.RawPath
	}
	u.Fragment, u.User = "", nil
	return u, nil
}

// percentEncode encodes all but the characters that mean nothing in any part of
// a URL.
func percentEncode(s string) string {
	return strings.ReplaceAll(url.QueryEscape(s), "+", "%20")
}

// base returns the URL that a host's address stands for, or nil if it has none.
func (c *Call) base(host *AgentTarget) (*url.URL, error) {
	if host == nil {
		return nil, nil
	}
	for _, kind := range []string{"url", "dname", "ipv4", "ipv6"} {
		for _, address := range host.Address {
			if address.Kind != kind || len(address.Values) == 0 {
				continue
			}
			value, err := c.Substitute(address.Values[0])
			if err != nil {
				return nil, fmt.Errorf("address of %s: %w", label(host), err)
			}
			return c.hostURL(host, kind, value)
		}
	}
	return nil, nil
}

func (c *Call) hostURL(host *AgentTarget, kind, value string) (*url.URL, error) {
	if !validAddress(kind, value) {
		return nil, fmt.Errorf("address of %s: %s is not %s", label(host), quote(value), addressNames[kind])
	}
	if kind == "url" {
		u, err := url.Parse(value)
		if err != nil {
			return nil, fmt.Errorf("address of %s: %w", label(host), withoutURL(err))
		}
		return u, nil
	}
	port, err := c.Substitute(host.Port)
	if err != nil {
		return nil, fmt.Errorf("port of %s: %w", label(host), err)
	}
	u := &url.URL{Scheme: "http", Host: value}
	if strings.Contains(value, ":") {
		u.Host = "[" + value + "]"
	}
	if port != "" {
		if !isPort(port) {
			return nil, fmt.Errorf("port of %s: %s is not a port from 1 to 65535", label(host), quote(port))
		}
		if port != "80" && port != "443" {
			u.Host = net.JoinHostPort(value, port)
		}
	}
	if port == "443" {
		u.Scheme = "https"
	}
	return u, nil
}

func (c *Call) header() (http.Header, error) {
	out := http.Header{}
	for _, h := range c.Command.Headers {
		for _, value := range h.Values {
			value, err := c.SubstituteWith(value, func(v string) (string, error) {
				if strings.ContainsAny(v, "\r\n\x00") {
					return "", errors.New("holds a line break, which a header cannot")
				}
				return v, nil
			})
			if err != nil {
				return nil, fmt.Errorf("header %s: %w", h.Name, err)
			}
			out.Add(h.Name, value)
		}
	}
	return out, nil
}

// content makes the request's body, safe for its media type.
func (c *Call) content(header http.Header) ([]byte, error) {
	content, err := c.Content()
	if err != nil || content == "" {
		return nil, err
	}
	media, _, _ := mime.ParseMediaType(header.Get("Content-Type"))
	isJSON := media == "application/json" || strings.HasSuffix(media, "+json")
	if isJSON || media == "" {
		out, err := c.SubstituteJSON(content, false)
		if _, syntax := errors.AsType[*jsontree.Error](err); syntax && !isJSON {
			out, err = nil, nil // some other text, without a media type
		} else if err != nil {
			return nil, fmt.Errorf("content: %w", err)
		}
		if out != nil {
			return out, nil
		}
	}
	escape := plain
	if media == "application/x-www-form-urlencoded" {
		escape = func(value string) (string, error) { return percentEncode(value), nil }
	}
	out, err := c.SubstituteWith(content, escape)
	if err != nil {
		return nil, fmt.Errorf("content: %w", err)
	}
	return []byte(out), nil
}

// authenticate adds the credentials of the host that the request goes to.
func (h httpExecutor) authenticate(ctx context.Context, c *Call, host *AgentTarget, header http.Header) error {
	if host == nil || host.Auth == "" {
		return nil
	}
	i := slices.IndexFunc(c.Playbook.Auth, func(a *AuthInfo) bool { return a.ID == host.Auth })
	if i < 0 {
		return fmt.Errorf("the authentication information %s is not defined", host.Auth)
	}
	auth := c.Playbook.Auth[i]
	secret, err := h.secret(ctx, c, auth)
	if err != nil {
		return fmt.Errorf("authentication information %s: %w", auth.ID, err)
	}
	switch auth.Type {
	case "http-basic":
		user, err := c.Substitute(text(auth.node, "user_id"))
		if err != nil {
			return fmt.Errorf("authentication information %s: %w", auth.ID, err)
		}
		header.Set("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(user+":"+secret.Reveal())))
	case "oauth2":
		header.Set("Authorization", "Bearer "+secret.Reveal())
	default:
		return fmt.Errorf("authentication information of type %s does not go with HTTP; use http-basic or oauth2", quote(auth.Type))
	}
	return nil
}

// secret returns the password or token of authentication information.
func (h httpExecutor) secret(ctx context.Context, c *Call, auth *AuthInfo) (connector.Secret, error) {
	if auth.KMS {
		if h.opts.Secret == nil {
			return connector.Secret{}, errors.New("its secret is kept in a key management system; pass HTTPOptions.Secret")
		}
		return h.opts.Secret(ctx, auth.Key)
	}
	name := "password"
	if auth.Type == "oauth2" {
		name = "token"
	}
	s, err := c.Substitute(text(auth.node, name))
	return connector.NewSecret(s), err
}
