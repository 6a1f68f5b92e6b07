package stix

import "github.com/soarkit/soarkit/internal/jsontree"

// The cyber-observable objects of STIX 2.1 §6, in its order.
func observableShapes() []*shape {
	addresses := []string{"ipv4-addr", "ipv6-addr", "mac-addr", "domain-name"}
	address := func(check func(string) (string, Severity, string)) []property {
		return []property{req("value", texts(check)), opt("resolves_to_refs", listOf(ref("mac-addr"))), opt("belongs_to_refs", listOf(ref("autonomous-system")))}
	}
	changed := []property{opt("ctime", timestamp), opt("mtime", timestamp), opt("atime", timestamp)}
	mail := listOf(ref("email-addr"))
	return []*shape{
		{name: "artifact", section: "§6.1", group: sco, rule: ruleArtifact, list: []property{
			opt("mime_type", texts(textMediaType)), opt("payload_bin", binary), opt("url", text), opt("hashes", hashes),
			opt("encryption_algorithm", enumeration("encryption-algorithm-enum")), opt("decryption_key", text)}},
		{name: "autonomous-system", section: "§6.2", group: sco, list: []property{req("number", between(0, 1<<32-1)), opt("name", text), opt("rir", text)}},
		{name: "directory", section: "§6.3", group: sco, list: append([]property{
			req("path", text), opt("path_enc", texts(textCharset)), opt("contains_refs", listOf(ref("file", "directory")))}, changed...)},
		{name: "domain-name", section: "§6.4", group: sco, list: []property{
			req("value", texts(textDomain)), opt("resolves_to_refs", listOf(ref("ipv4-addr", "ipv6-addr", "domain-name")))}},
		{name: "email-addr", section: "§6.5", group: sco, list: []property{
			req("value", texts(textEmail)), opt("display_name", text), opt("belongs_to_ref", ref("user-account"))}},
		{name: "email-message", section: "§6.6", group: sco, rule: ruleEmailMessage, list: []property{
			req("is_multipart", boolean), opt("date", timestamp), opt("content_type", text), opt("from_ref", ref("email-addr")),
			opt("sender_ref", ref("email-addr")), opt("to_refs", mail), opt("cc_refs", mail), opt("bcc_refs", mail),
			opt("message_id", text), opt("subject", text), opt("received_lines", anyText),
			opt("additional_header_fields", dictOf(anyValue)), opt("body", text),
			opt("body_multipart", listOf(objectOf(mimePartShape))), opt("raw_email_ref", ref("artifact"))}},
		{name: "file", section: "§6.7", group: sco, oneOf: [][]string{{"hashes", "name"}}, list: append([]property{
			opt("hashes", hashes), opt("size", count), opt("name", text), opt("name_enc", texts(textCharset)),
			opt("magic_number_hex", hexText), opt("mime_type", texts(textMediaType)), opt("parent_directory_ref", ref("directory")),
			opt("contains_refs", listOf(ref())), opt("content_ref", ref("artifact"))}, changed...)},
		{name: "ipv4-addr", section: "§6.8", group: sco, list: address(textIPv4)},
		{name: "ipv6-addr", section: "§6.9", group: sco, list: address(textIPv6)},
		{name: "mac-addr", section: "§6.10", group: sco, list: []property{req("value", texts(textMAC))}},
		{name: "mutex", section: "§6.11", group: sco, list: []property{req("name", text)}},
		{name: "network-traffic", section: "§6.12", group: sco, rule: ruleNetworkTraffic,
			oneOf: [][]string{{"src_ref", "dst_ref"}}, order: []order{{a: "start", b: "end"}}, list: []property{
				opt("start", timestamp), opt("end", timestamp), opt("is_active", boolean),
				opt("src_ref", ref(addresses...)), opt("dst_ref", ref(addresses...)),
				opt("src_port", between(0, 65535)), opt("dst_port", between(0, 65535)), req("protocols", listOf(texts(textProtocol))),
				opt("src_byte_count", count), opt("dst_byte_count", count), opt("src_packets", count), opt("dst_packets", count),
				opt("ipfix", dictOf(anyValue)), opt("src_payload_ref", ref("artifact")), opt("dst_payload_ref", ref("artifact")),
				opt("encapsulates_refs", listOf(ref("network-traffic"))), opt("encapsulated_by_ref", ref("network-traffic"))}},
		{name: "process", section: "§6.13", group: sco, rule: ruleProcess, list: []property{
			opt("is_hidden", boolean), opt("pid", integer), opt("created_time", timestamp), opt("cwd", text), opt("command_line", text),
			opt("environment_variables", dictOf(text)), opt("opened_connection_refs", listOf(ref("network-traffic"))),
			opt("creator_user_ref", ref("user-account")), opt("image_ref", ref("file")), opt("parent_ref", ref("process")),
			opt("child_refs", listOf(ref("process")))}},
		{name: "software", section: "§6.14", group: sco, list: []property{
			req("name", text), opt("cpe", texts(textCPE)), opt("swid", text), opt("languages", listOf(texts(textLanguage))), opt("vendor", text), opt("version", text)}},
		{name: "url", section: "§6.15", group: sco, list: []property{req("value", texts(textURL))}},
		{name: "user-account", section: "§6.16", group: sco, rule: ruleAnything, list: []property{
			opt("user_id", text), opt("credential", text), opt("account_login", text), opt("account_type", vocabulary("account-type-ov")),
			opt("display_name", text), opt("is_service_account", boolean), opt("is_privileged", boolean), opt("can_escalate_privs", boolean),
			opt("is_disabled", boolean), opt("account_created", timestamp), opt("account_expires", timestamp),
			opt("credential_last_changed", timestamp), opt("account_first_login", timestamp), opt("account_last_login", timestamp)}},
		{name: "windows-registry-key", section: "§6.17", group: sco, rule: ruleAnything, list: []property{
			opt("key", texts(textRegistryKey)), opt("values", listOf(objectOf(registryValueShape))), opt("modified_time", timestamp),
			opt("creator_user_ref", ref("user-account")), opt("number_of_subkeys", integer)}},
		{name: "x509-certificate", section: "§6.18", group: sco, rule: ruleAnything,
			order: []order{{a: "validity_not_before", b: "validity_not_after"}}, list: []property{
				opt("is_self_signed", boolean), opt("hashes", hashes), opt("version", text), opt("serial_number", text),
				opt("signature_algorithm", text), opt("issuer", text), opt("validity_not_before", timestamp), opt("validity_not_after", timestamp),
				opt("subject", text), opt("subject_public_key_algorithm", text), opt("subject_public_key_modulus", text),
				opt("subject_public_key_exponent", integer), opt("x509_v3_extensions", objectOf(x509ExtensionsShape))}},
	}
}

const jsonObject = jsontree.Object

var (
	mimePartShape = &shape{name: "mime-part", section: "§6.6.2", oneOf: [][]string{{"body", "body_raw_ref"}}, list: []property{
		opt("body", text), opt("body_raw_ref", ref("artifact", "file")), opt("content_type", text), opt("content_disposition", text)}}
	registryValueShape = &shape{name: "windows-registry-value", section: "§6.17.2", rule: ruleAnything, list: []property{
		opt("name", text), opt("data", text), opt("data_type", enumeration("windows-registry-datatype-enum"))}}
	x509ExtensionsShape = &shape{name: "x509-v3-extensions", section: "§6.18.2", rule: ruleAnything, list: []property{
		opt("basic_constraints", text), opt("name_constraints", text), opt("policy_constraints", text), opt("key_usage", text),
		opt("extended_key_usage", text), opt("subject_key_identifier", text), opt("authority_key_identifier", text),
		opt("subject_alternative_name", text), opt("issuer_alternative_name", text), opt("subject_directory_attributes", text),
		opt("crl_distribution_points", text), opt("inhibit_any_policy", text), opt("private_key_usage_period_not_before", timestamp),
		opt("private_key_usage_period_not_after", timestamp), opt("certificate_policies", text), opt("policy_mappings", text)}}
)

// predefinedExtensions are those that §6 defines for its objects.
func predefinedExtensions() []extensionShape {
	stream := &shape{name: "alternate-data-stream", section: "§6.7.3", list: []property{req("name", text), opt("hashes", hashes), opt("size", count)}}
	section := &shape{name: "windows-pe-section", section: "§6.7.6", list: []property{
		req("name", text), opt("size", count), opt("entropy", float), opt("hashes", hashes)}}
	return []extensionShape{
		{&shape{name: "archive-ext", section: "§6.7.2", list: []property{req("contains_refs", listOf(ref("file", "directory"))), opt("comment", text)}}, "file"},
		{&shape{name: "ntfs-ext", section: "§6.7.3", rule: ruleAnything, list: []property{opt("sid", text), opt("alternate_data_streams", listOf(objectOf(stream)))}}, "file"},
		{&shape{name: "pdf-ext", section: "§6.7.4", rule: rulePDF, list: []property{
			opt("version", text), opt("is_optimized", boolean), opt("document_info_dict", dictOf(text)), opt("pdfid0", text), opt("pdfid1", text)}}, "file"},
		{&shape{name: "raster-image-ext", section: "§6.7.5", rule: ruleAnything, list: []property{
			opt("image_height", integer), opt("image_width", integer), opt("bits_per_pixel", integer), opt("exif_tags", dictOf(anyValue))}}, "file"},
		{&shape{name: "windows-pebinary-ext", section: "§6.7.6", list: []property{
			req("pe_type", vocabulary("windows-pebinary-type-ov")), opt("imphash", text), opt("machine_hex", hexText), opt("number_of_sections", count),
			opt("time_date_stamp", timestamp), opt("pointer_to_symbol_table_hex", hexText), opt("number_of_symbols", count),
			opt("size_of_optional_header", count), opt("characteristics_hex", hexText), opt("file_header_hashes", hashes),
			opt("optional_header", objectOf(peHeaderShape)), opt("sections", listOf(objectOf(section)))}}, "file"},
		{&shape{name: "http-request-ext", section: "§6.12.2", rule: ruleHTTPRequest, list: []property{
			req("request_method", text), req("request_value", text), opt("request_version", text), opt("request_header", dictOf(anyValue)),
			opt("message_body_length", integer), opt("message_body_data_ref", ref("artifact"))}}, "network-traffic"},
		{&shape{name: "icmp-ext", section: "§6.12.3", list: []property{req("icmp_type_hex", hexText), req("icmp_code_hex", hexText)}}, "network-traffic"},
		{&shape{name: "socket-ext", section: "§6.12.4", rule: ruleSocket, list: []property{
			req("address_family", enumeration("network-socket-address-family-enum")), opt("is_blocking", boolean), opt("is_listening", boolean),
			opt("options", &kind{json: jsonObject, value: integer}), opt("socket_type", enumeration("network-socket-type-enum")),
			opt("socket_descriptor", count), opt("socket_handle", integer)}}, "network-traffic"},
		{&shape{name: "tcp-ext", section: "§6.12.5", rule: ruleAnything, list: []property{opt("src_flags_hex", hexText), opt("dst_flags_hex", hexText)}}, "network-traffic"},
		{&shape{name: "windows-process-ext", section: "§6.13.2", rule: ruleWindowsProcess, list: []property{
			opt("aslr_enabled", boolean), opt("dep_enabled", boolean), opt("priority", text), opt("owner_sid", text), opt("window_title", text),
			opt("startup_info", dictOf(anyValue)), opt("integrity_level", enumeration("windows-integrity-level-enum"))}}, "process"},
		{&shape{name: "windows-service-ext", section: "§6.13.3", rule: ruleAnything, list: []property{
			opt("service_name", text), opt("descriptions", anyText), opt("display_name", text), opt("group_name", text),
			opt("start_type", enumeration("windows-service-start-type-enum")), opt("service_dll_refs", listOf(ref("file"))),
			opt("service_type", enumeration("windows-service-type-enum")), opt("service_status", enumeration("windows-service-status-enum"))}}, "process"},
		{&shape{name: "unix-account-ext", section: "§6.16.2", rule: ruleAnything, list: []property{
			opt("gid", integer), opt("groups", anyText), opt("home_dir", text), opt("shell", text)}}, "user-account"},
	}
}

var peHeaderShape = &shape{name: "windows-pe-optional-header", section: "§6.7.6", rule: ruleAnything, list: []property{
	opt("magic_hex", hexText), opt("major_linker_version", integer), opt("minor_linker_version", integer), opt("size_of_code", count),
	opt("size_of_initialized_data", count), opt("size_of_uninitialized_data", count), opt("address_of_entry_point", integer),
	opt("base_of_code", integer), opt("base_of_data", integer), opt("image_base", integer), opt("section_alignment", integer),
	opt("file_alignment", integer), opt("major_os_version", integer), opt("minor_os_version", integer), opt("major_image_version", integer),
	opt("minor_image_version", integer), opt("major_subsystem_version", integer), opt("minor_subsystem_version", integer),
	opt("win32_version_value_hex", hexText), opt("size_of_image", count), opt("size_of_headers", count), opt("checksum_hex", hexText),
	opt("dll_characteristics_hex", hexText), opt("subsystem_hex", hexText), opt("size_of_stack_reserve", count),
	opt("size_of_stack_commit", count), opt("size_of_heap_reserve", count), opt("size_of_heap_commit", count),
	opt("loader_flags_hex", hexText), opt("number_of_rva_and_sizes", integer), opt("hashes", hashes)}}
