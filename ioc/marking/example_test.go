package marking_test

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/soarkit/soarkit/ioc/marking"
)

func Example() {
	event, _ := marking.FromTags("tlp:amber", "PAP:GREEN", "osint:source-type=\"blog-post\"")
	report, _ := marking.Parse("TLP:GREEN PAP:AMBER")
	m := marking.Restrict(event, report)
	fmt.Println(m)

	fmt.Println(m.Allows(marking.OwnOrganisation, marking.Offline))
	fmt.Println(m.Allows(marking.Community, marking.PassiveThirdParty))
	// Output:
	// TLP:AMBER PAP:AMBER
	// <nil>
	// marking: TLP:AMBER data may reach the own organisation and its clients at most, not the community; use a receiver within that circle, or ask the originator to lower the TLP
}

func ExampleMarking_Allows() {
	err := marking.Marking{PAP: marking.PAPRed}.Allows(marking.Public, marking.ActiveOnTarget)
	if denied, ok := errors.AsType[*marking.DeniedError](err); ok {
		fmt.Println("by TLP:", denied.ByTLP, "by PAP:", denied.ByPAP)
	}
	fmt.Println(err)
	// Output:
	// by TLP: true by PAP: true
	// marking: unmarked data, treated as TLP:AMBER+STRICT, may reach the own organisation at most, not the public; use a receiver within that circle, or mark the data, or set another default for unmarked data; PAP:RED forbids the action active-on-target (it permits offline); use a source that works within that, or ask the originator to lower the PAP
}

func ExampleMarking_Or() {
	hostDefault := marking.Marking{TLP: marking.TLPGreen}
	fmt.Println(marking.Marking{PAP: marking.PAPAmber}.Or(hostDefault))
	// Output: TLP:GREEN PAP:AMBER
}

func ExampleParseLenient() {
	for _, label := range []string{"TLP : amber strict", "tlp:white", "pap_red", "sort of secret"} {
		m, err := marking.ParseLenient(label)
		fmt.Println(m, errors.Is(err, marking.ErrUnknown))
	}
	// Output:
	// TLP:AMBER+STRICT false
	// TLP:CLEAR false
	// PAP:RED false
	// TLP:RED true
}

func ExampleFromID() {
	t, known := marking.FromID("marking-definition--f88d31f6-486f-44da-b317-01333bde0b82")
	fmt.Println(t, known, t.STIXID())
	// Output: TLP:AMBER true marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421
}

func ExampleIEP_Marking() {
	var policy marking.IEP
	err := json.Unmarshal([]byte(`{"tlp":"amber","permitted_actions":"externally-visible-indirect-actions",
		"attribution":"must-not","encrypt_in_transit":"must"}`), &policy)
	if err != nil {
		panic(err)
	}
	m, err := policy.Marking()
	fmt.Println(m, err, policy.RequiresEncryption())
	// Output: TLP:AMBER PAP:AMBER TLP:EX:CHR <nil> true
}
