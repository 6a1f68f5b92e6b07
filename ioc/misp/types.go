package misp

import (
	"iter"
	"slices"
	"strings"
	"sync"
)

// A Type is the type of an attribute, such as "ip-dst" or "filename|md5".
type Type string

// A Category says what an attribute is about, such as "Payload delivery".
type Category string

// The categories of the MISP core format.
const (
	AntivirusDetection   Category = "Antivirus detection"
	ArtifactsDropped     Category = "Artifacts dropped"
	Attribution          Category = "Attribution"
	ExternalAnalysis     Category = "External analysis"
	FinancialFraud       Category = "Financial fraud"
	InternalReference    Category = "Internal reference"
	NetworkActivity      Category = "Network activity"
	Other                Category = "Other"
	PayloadDelivery      Category = "Payload delivery"
	PayloadInstallation  Category = "Payload installation"
	PayloadType          Category = "Payload type"
	PersistenceMechanism Category = "Persistence mechanism"
	Person               Category = "Person"
	SocialNetwork        Category = "Social network"
	SupportTool          Category = "Support Tool"
	TargetingData        Category = "Targeting data"
)

// A TypeInfo is what the core format says about a type.
type TypeInfo struct {
	Type       Type
	Default    Category   // where none is chosen
	Categories []Category // permitted, sorted
	ToIDs      bool       // meant for automatic detection unless said otherwise
}

// IsComposite tells whether values of the type have two parts, joined by "|".
func (t Type) IsComposite() bool { return strings.Contains(string(t), "|") || t == "malware-sample" }

// Info returns what the core format says about the type, and whether it knows
// it. Servers may define types of their own.
func (t Type) Info() (TypeInfo, bool) {
	info, ok := types().byName[t]
	info.Categories = slices.Clone(info.Categories)
	return info, ok
}

// Permits tells whether attributes of the type may have the category.
func (t Type) Permits(c Category) bool {
	return slices.Contains(types().byName[t].Categories, c)
}

// Types yields all types of the core format, sorted by name.
func Types() iter.Seq[TypeInfo] {
	return func(yield func(TypeInfo) bool) {
		for _, t := range types().sorted {
			if info, _ := t.Info(); !yield(info) {
				return
			}
		}
	}
}

// Categories returns all categories, sorted.
func Categories() []Category {
	return slices.Clone(types().categories)
}

type typeTable struct {
	byName     map[Type]TypeInfo
	sorted     []Type
	categories []Category
}

// types reads the table, at first use and once.
var types = sync.OnceValue(func() *typeTable {
	t := &typeTable{byName: make(map[Type]TypeInfo)}
	for line := range strings.Lines(typeLines) {
		fields := strings.Split(strings.TrimSpace(line), ";")
		info := TypeInfo{Default: categoryCodes[fields[0]], ToIDs: fields[1] == "ids"}
		for code := range strings.FieldsSeq(fields[2]) {
			info.Categories = append(info.Categories, categoryCodes[code])
		}
		slices.Sort(info.Categories)
		for name := range strings.SplitSeq(fields[3], ",") {
			info.Type = Type(name)
			t.byName[info.Type] = info
			t.sorted = append(t.sorted, info.Type)
		}
	}
	slices.Sort(t.sorted)
	for _, c := range categoryCodes {
		t.categories = append(t.categories, c)
	}
	slices.Sort(t.categories)
	return t
})

var categoryCodes = map[string]Category{
	"AV": AntivirusDetection,
	"AD": ArtifactsDropped,
	"AT": Attribution,
	"EA": ExternalAnalysis,
	"FF": FinancialFraud,
	"IR": InternalReference,
	"NA": NetworkActivity,
	"OT": Other,
	"PD": PayloadDelivery,
	"PI": PayloadInstallation,
	"PT": PayloadType,
	"PM": PersistenceMechanism,
	"PE": Person,
	"SN": SocialNetwork,
	"ST": SupportTool,
	"TD": TargetingData,
}

// typeLines holds the types that share everything on one line: default
// category, whether they are for detection, categories, names.
const typeLines = `AD;;AD;pdb,gene,kusto-query,named pipe,process-state,windows-scheduled-task,windows-service-name
AD;;AD;windows-service-displayname
AD;;AD PD PI;mime-type
AD;ids;AD;mutex
AT;;AT;threat-actor,campaign-name,campaign-id,whois-registrant-phone,whois-registrant-name
AT;;AT;whois-registrant-org,whois-registrar,whois-creation-date,dns-soa-email
AT;;AT PD SN;whois-registrant-email
EA;;AV AD EA NA PD PI ST;attachment
EA;;AV EA IR PD ST;link
EA;;EA;cortex
EA;;EA OT PD PI;cpe
EA;;EA PD PI;vulnerability,weakness
FF;ids;FF;btc,dash,xmr,iban,bic,bank-account-nr,aba-rtn,bin,cc-number,prtn
IR;;IR;git-commit-id
NA;;AD NA;cookie
NA;;EA NA PD;user-agent,AS,mac-address,mac-eui-64
NA;;NA;http-method,ssh-fingerprint,dkim,dkim-signature
NA;;NA OT;port
NA;ids;AD AT EA NA PD PI;x509-fingerprint-sha1,x509-fingerprint-md5,x509-fingerprint-sha256
NA;ids;EA NA;domain|ip,snort,suricata,bro,zeek,community-id,dom-hash
NA;ids;EA NA PD;ip-src,ip-dst,hostname,domain,url,ja3-fingerprint-md5,jarm-fingerprint,hassh-md5
NA;ids;EA NA PD;hasshserver-md5,ip-dst|port,ip-src|port,onion-address
NA;ids;EA NA PD PI;pattern-in-traffic
NA;ids;NA;favicon-mmh3,uri
NA;ids;NA PD;hostname|port
NA;ids;NA PD SN;email-dst
NA;ids;NA SN;eppn
OT;;AV AD AT EA FF IR NA OT PD PI PT PM PE SN ST;text,other
OT;;AV AD AT EA FF IR NA OT PD PI PT PM PE SN ST TD;comment,anonymised
OT;;AV AD FF IR NA OT PD PI PM ST;hex
OT;;OT;float,size-in-bytes,counter,integer,datetime,boolean,uuid
PD;;NA PD;email-subject
PD;;PD;email-body,email-dst-display-name,email-src-display-name,email-header,email-reply-to,email-x-mailer
PD;;PD;email-mime-boundary,email-thread-index,email-message-id
PD;;PD PI;malware-type
PD;ids;AD EA PD PI;md5,sha1,sha256,filename|md5,filename|sha1,filename|sha256,malware-sample,sha3-224,sha3-256
PD;ids;AD EA PD PI;sha3-384,sha3-512,filename|sha3-224,filename|sha3-256,filename|sha3-384,filename|sha3-512
PD;ids;AD EA PD PI PM;filename
PD;ids;AD PD PI;authentihash,vhash,ssdeep,imphash,telfhash,impfuzzy,sha224,sha384,sha512,sha512/224,sha512/256
PD;ids;AD PD PI;cdhash,filename|authentihash,filename|vhash,filename|ssdeep,filename|imphash,filename|impfuzzy
PD;ids;AD PD PI;filename|pehash,filename|sha224,filename|sha384,filename|sha512,filename|sha512/224
PD;ids;AD PD PI;filename|sha512/256,filename|tlsh
PD;ids;NA PD SN;email-src
PD;ids;PD;email-attachment
PD;ids;PD PI;pehash,tlsh,mobile-application-id,azure-application-id,chrome-extension-id,edge-extension-id
PI;ids;AD EA NA PD PI;pattern-in-file,filename-pattern
PI;ids;AD EA PI;pattern-in-memory
PI;ids;AD NA PD PI;stix2-pattern
PI;ids;AD PD PI;yara,sigma
PM;ids;AD EA PM;regkey,regkey|value
PE;;AD OT PE SN;pgp-public-key,pgp-private-key
PE;;FF OT PE;phone-number
PE;;PE;identity-card-number,first-name,middle-name,last-name,full-name,date-of-birth,place-of-birth,gender
PE;;PE;passport-number,passport-country,passport-expiration,redress-number,nationality,visa-number
PE;;PE;issue-date-of-the-visa,primary-residence,country-of-residence,special-service-request
PE;;PE;frequent-flyer-number,travel-details,payment-details,place-port-of-original-embarkation
PE;;PE;place-port-of-clearance,place-port-of-onward-foreign-destination,passenger-name-record-locator-number
SN;;EA SN;github-repository
SN;;SN;github-username,github-organisation,jabber-id,twitter-id
SN;ids;AT NA PD PE SN;email
TD;;TD;target-user,target-email,target-machine,target-org,target-location,target-external`
