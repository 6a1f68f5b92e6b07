package stix

// The domain objects of STIX 2.1 §4, in its order.
func domainShapes() []*shape {
	seen := []order{{a: "first_seen", b: "last_seen"}}
	phases := opt("kill_chain_phases", listOf(objectOf(killChainPhaseShape)))
	name, maybeName, description, aliases := req("name", text), opt("name", text), opt("description", text), opt("aliases", anyText)
	first, last := opt("first_seen", timestamp), opt("last_seen", timestamp)
	motivations := vocabulary("attack-motivation-ov")
	return []*shape{
		{name: "attack-pattern", section: "§4.1", group: sdo, list: []property{name, description, aliases, phases}},
		{name: "campaign", section: "§4.2", group: sdo, order: seen, list: []property{
			name, description, aliases, first, last, opt("objective", text)}},
		{name: "course-of-action", section: "§4.3", group: sdo, list: []property{name, description, {name: "action", kind: anyValue, warn: codeReserved}}},
		{name: "grouping", section: "§4.4", group: sdo, list: []property{
			maybeName, description, req("context", vocabulary("grouping-context-ov")), req("object_refs", listOf(ref()))}},
		{name: "identity", section: "§4.5", group: sdo, list: []property{
			name, description, opt("roles", anyText), opt("identity_class", vocabulary("identity-class-ov")),
			opt("sectors", listOf(vocabulary("industry-sector-ov"))), opt("contact_information", text)}},
		{name: "incident", section: "§4.6", group: sdo, list: []property{name, description}},
		{name: "indicator", section: "§4.7", group: sdo, rule: ruleIndicator,
			order: []order{{a: "valid_from", b: "valid_until", strict: true}}, list: []property{
				maybeName, description, opt("indicator_types", listOf(vocabulary("indicator-type-ov"))),
				req("pattern", text), req("pattern_type", vocabulary("pattern-type-ov")), opt("pattern_version", text),
				req("valid_from", timestamp), opt("valid_until", timestamp), phases}},
		{name: "infrastructure", section: "§4.8", group: sdo, order: seen, list: []property{
			name, description, opt("infrastructure_types", listOf(vocabulary("infrastructure-type-ov"))), aliases, phases, first, last}},
		{name: "intrusion-set", section: "§4.9", group: sdo, order: seen, list: []property{
			name, description, aliases, first, last, opt("goals", anyText),
			opt("resource_level", vocabulary("attack-resource-level-ov")), opt("primary_motivation", motivations),
			opt("secondary_motivations", listOf(motivations))}},
		{name: "location", section: "§4.10", group: sdo, rule: ruleLocation, list: []property{
			maybeName, description, opt("latitude", degrees(90)), opt("longitude", degrees(180)), opt("precision", float),
			opt("region", vocabulary("region-ov")), opt("country", texts(textCountry)), opt("administrative_area", text),
			opt("city", text), opt("street_address", text), opt("postal_code", text)}},
		{name: "malware", section: "§4.11", group: sdo, order: seen, rule: ruleMalware, list: []property{
			maybeName, description, opt("malware_types", listOf(vocabulary("malware-type-ov"))), req("is_family", boolean),
			aliases, phases, first, last, opt("operating_system_refs", listOf(ref("software"))),
			opt("architecture_execution_envs", listOf(vocabulary("processor-architecture-ov"))),
			opt("implementation_languages", listOf(vocabulary("implementation-language-ov"))),
			opt("capabilities", listOf(vocabulary("malware-capabilities-ov"))), opt("sample_refs", listOf(ref("artifact", "file")))}},
		{name: "malware-analysis", section: "§4.12", group: sdo,
			oneOf: [][]string{{"result", "analysis_sco_refs"}},
			order: []order{{a: "analysis_started", b: "analysis_ended"}}, list: []property{
				req("product", texts(textProduct)), opt("version", text), opt("host_vm_ref", ref("software")),
				opt("operating_system_ref", ref("software")), opt("installed_software_refs", listOf(ref("software"))),
				opt("configuration_version", text), opt("modules", anyText), opt("analysis_engine_version", text),
				opt("analysis_definition_version", text), opt("submitted", timestamp), opt("analysis_started", timestamp),
				opt("analysis_ended", timestamp), opt("result_name", text), opt("result", vocabulary("malware-result-ov")),
				opt("analysis_sco_refs", listOf(ref())), opt("sample_ref", ref("file", "network-traffic", "artifact"))}},
		{name: "note", section: "§4.13", group: sdo, list: []property{
			opt("abstract", text), req("content", text), opt("authors", anyText), req("object_refs", listOf(ref()))}},
		{name: "observed-data", section: "§4.14", group: sdo, rule: ruleObservedData,
			oneOf: [][]string{{"objects", "object_refs"}},
			order: []order{{a: "first_observed", b: "last_observed"}}, list: []property{
				req("first_observed", timestamp), req("last_observed", timestamp), req("number_observed", between(1, 999_999_999)),
				{name: "objects", kind: dictOf(anyValue), warn: codeDeprecated}, opt("object_refs", listOf(ref()))}},
		{name: "opinion", section: "§4.15", group: sdo, list: []property{
			opt("explanation", text), opt("authors", anyText), req("opinion", enumeration("opinion-enum")), req("object_refs", listOf(ref()))}},
		{name: "report", section: "§4.16", group: sdo, list: []property{
			name, description, opt("report_types", listOf(vocabulary("report-type-ov"))), req("published", timestamp), req("object_refs", listOf(ref()))}},
		{name: "threat-actor", section: "§4.17", group: sdo, order: seen, list: []property{
			name, description, opt("threat_actor_types", listOf(vocabulary("threat-actor-type-ov"))), aliases, first, last,
			opt("roles", listOf(vocabulary("threat-actor-role-ov"))), opt("goals", anyText),
			opt("sophistication", vocabulary("threat-actor-sophistication-ov")), opt("resource_level", vocabulary("attack-resource-level-ov")),
			opt("primary_motivation", motivations), opt("secondary_motivations", listOf(motivations)),
			opt("personal_motivations", listOf(motivations))}},
		{name: "tool", section: "§4.18", group: sdo, list: []property{
			name, description, opt("tool_types", listOf(vocabulary("tool-type-ov"))), aliases, phases, opt("tool_version", text)}},
		{name: "vulnerability", section: "§4.19", group: sdo, list: []property{name, description}},
	}
}

// The relationship objects, §5.
func relationshipShapes() []*shape {
	return []*shape{
		{name: "relationship", section: "§5.1", group: sro, rule: ruleRelationship,
			order: []order{{a: "start_time", b: "stop_time", strict: true}}, list: []property{
				req("relationship_type", texts(textRelationship)), opt("description", text),
				req("source_ref", ref()), req("target_ref", ref()),
				opt("start_time", timestamp), opt("stop_time", timestamp)}},
		{name: "sighting", section: "§5.2", group: sro, rule: ruleSighting,
			order: []order{{a: "first_seen", b: "last_seen"}}, list: []property{
				opt("description", text), opt("first_seen", timestamp), opt("last_seen", timestamp),
				opt("count", between(0, 999_999_999)), req("sighting_of_ref", ref()),
				opt("observed_data_refs", listOf(ref("observed-data"))),
				opt("where_sighted_refs", listOf(ref("identity", "location"))), opt("summary", boolean)}},
	}
}

// The meta objects, §7, and the bundle, §8.
func metaShapes() []*shape {
	return []*shape{
		{name: "extension-definition", section: "§7.3", group: meta, rule: ruleExtensionDefinition, list: []property{
			req("name", text), opt("description", text), req("schema", text), req("version", text),
			req("extension_types", listOf(enumeration("extension-type-enum"))), opt("extension_properties", listOf(texts(textPropertyName)))}},
		{name: "language-content", section: "§7.1", group: meta, rule: ruleLanguageContent, list: []property{
			req("object_ref", ref()), opt("object_modified", timestamp), req("contents", &kind{json: jsonObject, anything: true})}},
		{name: "marking-definition", section: "§7.2", group: meta, rule: ruleMarkingDefinition, list: []property{
			opt("name", text), opt("definition_type", vocabulary("marking-definition-type-ov")), opt("definition", &kind{json: jsonObject, anything: true})}},
		{name: "bundle", section: "§8", group: bundleGroup, list: []property{
			req("type", texts(func(v string) (string, Severity, string) { return textType(v, "bundle") })),
			req("id", texts(func(v string) (string, Severity, string) { return textOwnID(v, "bundle") })),
			opt("objects", listOf(&kind{json: jsonObject, anything: true}))}},
	}
}

// Parts of objects.
var (
	killChainPhaseShape = &shape{name: "kill-chain-phase", section: "§2.11", list: []property{
		req("kill_chain_name", texts(textKillChainName)), req("phase_name", texts(textKillChainName))}}
	externalReferenceShape = &shape{name: "external-reference", section: "§2.5", rule: ruleExternalReference, list: []property{
		req("source_name", text), opt("description", text), opt("url", text), opt("hashes", hashes), opt("external_id", text)}}
	granularMarkingShape = &shape{name: "granular-marking", section: "§7.2.3", rule: ruleGranularMarking, list: []property{
		opt("lang", text), opt("marking_ref", ref("marking-definition")), req("selectors", listOf(texts(textSelector)))}}
)
