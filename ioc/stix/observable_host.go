package stix

import "encoding/json"

// A Directory is a folder of a file system (STIX 2.1 §6.3). Writing demands Path.
type Directory struct {
	Observable
	Path         string
	PathEnc      string
	CTime        Timestamp
	MTime        Timestamp
	ATime        Timestamp
	ContainsRefs []ID
}

// Type returns "directory".
func (*Directory) Type() string { return "directory" }

func (v *Directory) describe(c *codec) {
	v.head(c, v)
	stringOf(c, "path", &v.Path)
	stringOf(c, "path_enc", &v.PathEnc)
	stringOf(c, "ctime", &v.CTime)
	stringOf(c, "mtime", &v.MTime)
	stringOf(c, "atime", &v.ATime)
	stringsOf(c, "contains_refs", &v.ContainsRefs)
	v.tail(c)
}

// A File is a file (STIX 2.1 §6.7). Writing demands Hashes or Name. Its predefined
// extensions, such as "ntfs-ext", are in Extensions.
type File struct {
	Observable
	Hashes             Hashes
	Size               *int64 // bytes
	Name               string
	NameEnc            string
	MagicNumberHex     string
	MIMEType           string
	CTime              Timestamp
	MTime              Timestamp
	ATime              Timestamp
	ParentDirectoryRef ID
	ContainsRefs       []ID
	ContentRef         ID
}

// Type returns "file".
func (*File) Type() string { return "file" }

func (v *File) describe(c *codec) {
	v.head(c, v)
	hashesOf(c, "hashes", &v.Hashes)
	numberOf(c, "size", &v.Size)
	stringOf(c, "name", &v.Name)
	stringOf(c, "name_enc", &v.NameEnc)
	stringOf(c, "magic_number_hex", &v.MagicNumberHex)
	stringOf(c, "mime_type", &v.MIMEType)
	stringOf(c, "ctime", &v.CTime)
	stringOf(c, "mtime", &v.MTime)
	stringOf(c, "atime", &v.ATime)
	stringOf(c, "parent_directory_ref", &v.ParentDirectoryRef)
	stringsOf(c, "contains_refs", &v.ContainsRefs)
	stringOf(c, "content_ref", &v.ContentRef)
	v.tail(c)
}

// A Mutex is a mutual exclusion object (STIX 2.1 §6.11). Writing demands Name.
type Mutex struct {
	Observable
	Name string
}

// Type returns "mutex".
func (*Mutex) Type() string { return "mutex" }

func (v *Mutex) describe(c *codec) {
	v.head(c, v)
	stringOf(c, "name", &v.Name)
	v.tail(c)
}

// A Process is a running program (STIX 2.1 §6.13). It has no deterministic
// identifier.
type Process struct {
	Observable
	IsHidden             *bool
	PID                  *int
	CreatedTime          Timestamp
	Cwd                  string
	CommandLine          string
	EnvironmentVariables map[string]json.RawMessage
	OpenedConnectionRefs []ID
	CreatorUserRef       ID
	ImageRef             ID
	ParentRef            ID
	ChildRefs            []ID
}

// Type returns "process".
func (*Process) Type() string { return "process" }

func (v *Process) describe(c *codec) {
	v.head(c, v)
	boolOf(c, "is_hidden", &v.IsHidden)
	numberOf(c, "pid", &v.PID)
	stringOf(c, "created_time", &v.CreatedTime)
	stringOf(c, "cwd", &v.Cwd)
	stringOf(c, "command_line", &v.CommandLine)
	mapOf(c, "environment_variables", &v.EnvironmentVariables)
	stringsOf(c, "opened_connection_refs", &v.OpenedConnectionRefs)
	stringOf(c, "creator_user_ref", &v.CreatorUserRef)
	stringOf(c, "image_ref", &v.ImageRef)
	stringOf(c, "parent_ref", &v.ParentRef)
	stringsOf(c, "child_refs", &v.ChildRefs)
	v.tail(c)
}

// A Software is a program (STIX 2.1 §6.14). Writing demands Name.
type Software struct {
	Observable
	Name      string
	CPE       string
	SWID      string
	Languages []string
	Vendor    string
	Version   string
}

// Type returns "software".
func (*Software) Type() string { return "software" }

func (v *Software) describe(c *codec) {
	v.head(c, v)
	stringOf(c, "name", &v.Name)
	stringOf(c, "cpe", &v.CPE)
	stringOf(c, "swid", &v.SWID)
	stringsOf(c, "languages", &v.Languages)
	stringOf(c, "vendor", &v.Vendor)
	stringOf(c, "version", &v.Version)
	v.tail(c)
}

// A UserAccount is an account of any kind (STIX 2.1 §6.16).
type UserAccount struct {
	Observable
	UserID                string
	Credential            string // clear text: never log it
	AccountLogin          string
	AccountType           string // account-type-ov
	DisplayName           string
	IsServiceAccount      *bool
	IsPrivileged          *bool
	CanEscalatePrivs      *bool
	IsDisabled            *bool
	AccountCreated        Timestamp
	AccountExpires        Timestamp
	CredentialLastChanged Timestamp
	AccountFirstLogin     Timestamp
	AccountLastLogin      Timestamp
}

// Type returns "user-account".
func (*UserAccount) Type() string { return "user-account" }

func (v *UserAccount) describe(c *codec) {
	v.head(c, v)
	stringOf(c, "user_id", &v.UserID)
	stringOf(c, "credential", &v.Credential)
	stringOf(c, "account_login", &v.AccountLogin)
	stringOf(c, "account_type", &v.AccountType)
	stringOf(c, "display_name", &v.DisplayName)
	boolOf(c, "is_service_account", &v.IsServiceAccount)
	boolOf(c, "is_privileged", &v.IsPrivileged)
	boolOf(c, "can_escalate_privs", &v.CanEscalatePrivs)
	boolOf(c, "is_disabled", &v.IsDisabled)
	stringOf(c, "account_created", &v.AccountCreated)
	stringOf(c, "account_expires", &v.AccountExpires)
	stringOf(c, "credential_last_changed", &v.CredentialLastChanged)
	stringOf(c, "account_first_login", &v.AccountFirstLogin)
	stringOf(c, "account_last_login", &v.AccountLastLogin)
	v.tail(c)
}

// A RegistryKey is a key of the Windows registry (STIX 2.1 §6.17), its hive
// written out.
type RegistryKey struct {
	Observable
	Key             string
	Values          []RegistryValue
	ModifiedTime    Timestamp
	CreatorUserRef  ID
	NumberOfSubkeys *int
}

// Type returns "windows-registry-key".
func (*RegistryKey) Type() string { return "windows-registry-key" }

func (v *RegistryKey) describe(c *codec) {
	v.head(c, v)
	stringOf(c, "key", &v.Key)
	listOfParts(c, "values", &v.Values, registryValueShape)
	stringOf(c, "modified_time", &v.ModifiedTime)
	stringOf(c, "creator_user_ref", &v.CreatorUserRef)
	numberOf(c, "number_of_subkeys", &v.NumberOfSubkeys)
	v.tail(c)
}

// A RegistryValue is one value of a registry key (STIX 2.1 §6.17.2).
type RegistryValue struct {
	Name     string
	Data     string
	DataType string // windows-registry-datatype-enum, such as "REG_SZ"
	Extra    Properties
}

func (v *RegistryValue) describe(c *codec) {
	stringOf(c, "name", &v.Name)
	stringOf(c, "data", &v.Data)
	stringOf(c, "data_type", &v.DataType)
	extraOf(c, &v.Extra)
}
