package warninglist_test

import (
	"strings"

	"github.com/soarkit/soarkit/ioc/warninglist"
)

// A published list is text of MISP's project misp-warninglists (CC0), which the
// reference verdicts name. Its entries were read there, at the commit given, and
// are spelled as they are there.
type published struct {
	name    string // of the list's folder
	version int    // of the text that was read; the verdicts may name another
	commit  string // where that text was read
	extent  extent
	entries string // separated by white space, which no entry has
}

// An extent says how much of a list stands in the table.
type extent string

const (
	fullText    extent = "whole list"
	nearOfWhole extent = "read whole, entries near to the values"
	nearOfPart  extent = "read in part, entries near to the values"
)

func (p *published) list(kind warninglist.Kind) *warninglist.List {
	return &warninglist.List{Name: p.name, Version: p.version, Kind: kind, Entries: strings.Fields(p.entries)}
}

// publishedLists has every list of the verdicts. Entries near to a value are
// those that hit it and those that would if the comparison were looser: above,
// below or inside it, or different in case, in a dot, or in a letter.
//
// Where the text is of another version than the verdicts, what was seen of the
// lists' history says that it makes no difference here: the networks of the RFCs
// never changed (ipv6-linklocal is the same in versions 1 and 20220705), and
// security-provider-blogpost lost www.google.com, which hits, with version 4.
var publishedLists = []published{
	{"rfc1918", 4, "0807d2b09059", fullText, `10.0.0.0/8 172.16.0.0/12 192.168.0.0/16`},
	{"rfc3849", 3, "64e86acbf549", fullText, `2001:DB8::/32`},
	{"rfc5735", 4, "18abc2bf9c77", fullText, `
		0.0.0.0/8 10.0.0.0/8 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 192.0.2.0/24 192.168.0.0/16
		192.88.99.0/24 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 224.0.0.0/4 240.0.0.0/4 255.255.255.255/32`},
	{"rfc6598", 4, "18abc2bf9c77", fullText, `100.64.0.0/10`},
	{"rfc6761", 2, "0807d2b09059", fullText, `
		10.in-addr.arpa 16.172.in-addr.arpa 168.192.in-addr.arpa 17.172.in-addr.arpa 18.172.in-addr.arpa
		19.172.in-addr.arpa 20.172.in-addr.arpa 21.172.in-addr.arpa 22.172.in-addr.arpa 23.172.in-addr.arpa
		24.172.in-addr.arpa 25.172.in-addr.arpa 26.172.in-addr.arpa 27.172.in-addr.arpa 28.172.in-addr.arpa
		29.172.in-addr.arpa 30.172.in-addr.arpa 31.172.in-addr.arpa example.com example.net example.org`},
	{"multicast", 3, "300d82363876", fullText, `
		224.0.0.0/8 225.0.0.0/8 226.0.0.0/8 227.0.0.0/8 228.0.0.0/8 229.0.0.0/8 230.0.0.0/8 231.0.0.0/8
		232.0.0.0/8 233.0.0.0/8 234.0.0.0/8 235.0.0.0/8 236.0.0.0/8 237.0.0.0/8 238.0.0.0/8 239.0.0.0/8`},
	{"ipv6-linklocal", 20220705, "16f9379402e8", fullText, `FE80::/10`},
	{"empty-hashes", 3, "2b571d2af3b6", fullText, `
		d41d8cd98f00b204e9800998ecf8427e
		da39a3ee5e6b4b0d3255bfef95601890afd80709
		d14a028c2a3a2bc9476102bb288234c415a2b01f828ea62ac5b3e42f
		e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855
		cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e
		3::`},
	{"common-ioc-false-positive", 2, "017d9b220f39", fullText, `
		d41d8cd98f00b204e9800998ecf8427e da39a3ee5e6b4b0d3255bfef95601890afd80709 e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855
		68b329da9893e34099c7d8ad5cb9c940 adc83b19e793491b1c6ea0fd8b46cd9f32e592fc 01ba4719c80b6fe911b091a7c05124b64eeece964e09c058ef8f9805daca546b
		81051bcc2cf1bedf378224b0a93e2877 ba8ab5a0280b953aa97435ff8946cbcbb2755a27 7eb70257593da06f682a3ddda54a9d260d4fc514f645237f5ca74b08f8da61a6
		93b885adfe0da089cdf634904fd59f71 5ba93c9db0cff93f52b521d7420e43f6eda2784f 6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d
		0f343b0931126a20f133d67c2b018a3b 60cacbf3d72e1e7834203da608037b1bf83b40e8 5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef
		c99a74c555371a433d121f551d6c6398 605db3fdbaff4ba13729371ad0c4fbab3889378e e5a00aa9991ac8a5ee3109844d84a55583bd20572ad3ffcd42792f3c36b183ad
		fa8715078d45101200a6e2bf7321aa04 d991c16949bd5e85e768385440e18d493ce3aa46 4b298058e1d5fd3f2fa20ead21773912a5dc38da3c0da0bbc7de1adfb6011f1c
		620f0b67a91f7f74151bc5be745b7110 1ceaf73df40e531df3bfb26b4fb7cd95fb7bff1d ad7facb2586fc6e966c004d7d1d16b024f5805ff7cb47c7a85dabd8b48892ca7
		c5e389341a0b19b6f045823abffc9814 c82cee5f957ad01068f487eecd430a1389e0d922 995c770caeb45f7f0c1bc3affc60f11d8c40e16027df2cf711f95824f3534b6f
		325472601571f31e1bf00674c368d335 2daeaa8b5f19f0bc209d976c02bd6acb51b00b0a b1442e85b03bdcaf66dc58c7abb98745dd2687d86350be9a298a1d9382ac849b
		e617348b8947f28e2a280dd93c75a6ad 125da188e26bd119ce8cad7eeb1fc2dfa147ad47 06f7826c2862d184a49e3672c0aa6097b11e7771a4bf613ec37941236c1a8e20
		200ceb26807d6bf99fd6f4f0d1ca54d4 b3aca92c793ee0e9b1a9b0a5f5fc044e05140df3 4194d1706ed1f408d5e02d672777019f4d5385c766a8c6ca8acba3167d36a7b9
		d3b07384d113edec49eaa6238ad5ff00 fb360f9c09ac8c5edb2f18be5de4e80ea4c430d0 b5bb9d8014a0f9b1d61e21e796d78dccdf1352f23cd32812f4850b878ae4944c
		a6105c0a611b41b08f1209506350279e f1d2d2f924e986ac86fdf7b36c94bcdf32beec15 8a798890fe93817163b10b5f7bd2ca4d25d84c52739a645a889c173eee7d9d3d
		10400c6faf166902b52fb97042f1e0eb d583c3aa489ed954df3be71e71deae3a9895857e df4e26a04a444901b95afef44e4a96cfae34690fff2ad2c66389c70079cdff2b
		4b6c7f3146f86136507497232d2f04a0 deabe082bc0f0f503292e537b2675c7c93dca40f 4a15a6777284035dfd8df4ecf496b4f0557a9cc4ffaaf5887659031e843865e1
		a11a2f0cfe6d0b4c50945989db6360cd e2516fcd1573e70334c8f50bee5241cdfdf48a00 fc4623b113a1f603c0d9ad5f83130bd6de1c62b973be9892305132389c8588de
		16e8e953c65d610c3bfc595240f3f5b7 231a802e6ff1fae42f2b12561fff2767d473210b 048846ed8ed185a26394adeb3f63274d1029bbd59cffa8e73a4ef8b19456de1d
		e24133dd836d99182a6227dcf6613d08 72c2dbbb1fe642073002b30987fcd68921a6b140 4dde54cfc600dbd9a610645d197a632e064115ffaa3a1b595c3a23036e501678
		41f958d2d3e9ed4504b6a8863fd72b49 f6d380b256b0e66ef347adc78195fd0f228b3e33 c929701c67a05f90827563eedccf5eba8e65b2da970189a0371f28cd896708b8
		d378bffb70923139d6a4f546864aa61c f00aa51c2ed8b2f656318fdc01ee1cf5441011a4 c4232ddd4d37b9c0884bd44d8476578c54d7f98d58945728e425736a6a07e102
		86f1895ae8c5e8b17d99ece768a70732 d5502a1d00787d68f548ddeebbde1eca5e2b38ca 8094af5ee310714caebccaeee7769ffb08048503ba478b879edfef5f1a24fefe
		b6f9aa44c5f0565b5deb761b1926e9b6 183d0929423da2aa83441ee625de92b213f33948 07c4c7ae2c4c7cb3ccd2ba9cd70a94382395ca8e2b0312c1631d09d790b6db33`},
	{"eicar.com", 2, "60aeb28fe8a9", fullText, `
		44d88612fea8a8f36de82e1278abb02f 6ce6f415d8475545be5ba114f208b0ff e4968ef99266df7c9a1f0637d2389dab
		3395856ce81f2b7382dee72602f798b642f14140 d27265074c9eac2e2122ed69294dbc4d7cce9141 bec1b52d350d721c7e22a6d4bb0a92909893a3ae
		b42ec8b47deb2dc75edebd01132d63f8e8d4cd08e5d26d8bd366bdc5 b31bb2cf25d7e654c694ffb85b426d164a210ead66affc3b004702be
		765dceb9a8c8ff4318e3ccaf7dbb9b05c0a53a819d24a50714aebe6c
		275a021bbfb6489e54d471899f7db9d1663fc695ec2fe2a2c4538aabf651fd0f 2546dcffc5ad854d4ddc64fbf056871cd5a00f2471cb7a5bfd4ac23b6e9eedad
		e1105070ba828007508566e28a2b8d4c65d192e9eaf3b7868382b7cae747b397
		cc805d5fab1fd71a4ab352a9c533e65fb2d5b885518f4e565e68847223b8e6b85cb48f3afad842726d99239c9e36505c64b0dc9a061d9e507d833277ada336ab
		d9305862fe0bf552718d19db43075d88cffd768974627db60fa1a90a8d45563e035a6449663b8f66aac53791d77f37dbb5035159aa08e69fc473972022f80010
		73d6b0ca9c5554fd2b37ff8af6b51812f3af49962cebd6e042d0883a45794ddb8a53724275d26f3e18cebf1cd1d67740acc920aba16965038c0cc75b87030fbe`},
	{"tlds", 20241104, "018f958163de", nearOfWhole, `COM COMMBANK GOOGLE MICROSOFT UK`},
	{"second-level-tlds", 20241104, "018f958163de", nearOfPart, `com co.uk uk uk.com co.com test.ru test.tj tests.cx withgoogle.com cloudflare.net`},
	{"google", 6, "16f5610e888f", nearOfWhole, `
		.google.com .google.co.uk .translate.goog google.com google.uk google.net googel.com googlee.com goolge.com gogle.com
		gmail.com googlemail.com goo.gl com.google ai.google www.google.com www.google.co.uk www.google.com.au youtube.com`},
	{"microsoft", 3, "29bd7bf7a0bf", nearOfWhole, `
		.microsoft.com .microsoft.com.au .microsoftonline.com .microsoftonline.net .microsoftonline-p.com .live.com
		microsoft.com download.microsoft.com powerusers.microsoft.com iespdytst.redmond.corp.microsoft.com office.com outlook.com`},
	{"url-shortener", 26, "0889b791389f", nearOfWhole, `
		bit.do bit.ly bitly.com bitly.com.vn bitly.lc bitly.ws buff.ly cutt.ly goo.gl goo.by rb.gy rebrand.ly t.co t.ly x.co x.gd youtu.be`},
	{"automated-malware-analysis", 5, "300d82363876", fullText, `
		akana.mobiseclab.org analyze.intezer.com anlyz.io app.any.run app.sndbox.com cape.contextis.com capesandbox.com
		carbonblack.com detux.org emergingthreats.net hybrid-analysis.com jevereg.amnpardaz.com joesandbox.com koodous.com
		malwr.com mcafee.com reverse.it sandbox.pikker.ee sanddroid.xjtu.edu.cn securelist.com symantec.com tria.ge
		undroid.av-comparatives.org virustotal.com www.threatexpert.com www.vicheck.ca`},
	{"security-provider-blogpost", 4, "fc39472ad2f0", nearOfWhole, `
		gist.github.com github.com raw.github.com raw.githubusercontent.com gchq.github.io iranthreats.github.io krebsonsecurity.com
		virustotal.com www.virustotal.com groups.google.com productforums.google.com sites.google.com security.googleblog.com
		webcache.googleusercontent.com blogs.technet.microsoft.com download.microsoft.com support.microsoft.com technet.microsoft.com
		www.microsoft.com microsoft.net t.co www.youtube.com`},
	{"bank-website", 3, "07bba87dd595", nearOfWhole, `
		.paypal.com .paypal.de .stripe.com .chase.com .citibank.com .bankofamerica.com .online.citibank.co.in`},
	{"cloudflare", 20241104, "018f958163de", fullText, `
		103.21.244.0/22 103.22.200.0/22 103.31.4.0/22 104.16.0.0/13 104.24.0.0/14 108.162.192.0/18 131.0.72.0/22 141.101.64.0/18
		162.158.0.0/15 172.64.0.0/13 173.245.48.0/20 188.114.96.0/20 190.93.240.0/20 197.234.240.0/22 198.41.128.0/17
		2400:cb00::/32 2405:8100::/32 2405:b500::/32 2606:4700::/32 2803:f800::/32 2a06:98c0::/29 2c0f:f248::/32`},
	{"disposable-email", 20241104, "018f958163de", nearOfPart, `
		abusemail.de abuser.eu cmail.com mailinator.co.uk mailinator.com mailinator.gq mailinator.net mailinator0.com mailnator.com
		mailin8r.com mailinatar.com mailinater.com notmailinator.com notrnailinator.com`},
	{"microsoft-attack-simulator", 20260210, "0e2348b0e47a", fullText, attackSimulator},
	{"common-contact-emails", 20200226, "300d82363876", fullText, `/^(security|noc|soc|abuse)\@.*\..*$/i`},
	{"phone_numbers", 20241104, "018f958163de", fullText, phoneNumbers},
	{"alexa", 20230509, "bce14bb0d34f", nearOfWhole, `
		bitly.com github.com raw.githubusercontent.com google.ca google.co.uk google.com google.com.au googlevideo.com live.com
		microsoft.com microsoftonline.com office.com paypal.com storage.googleapis.com t.co youtube.com`},
	{"crl-ip", 20241104, "018f958163de", fullText, revocation},
	{"public-dns-v6", 20220311, "e6ce0020cf84", fullText, resolvers6},
}

const attackSimulator = `
	www.attemplate.com www.bankmenia.com www.bankmenia.de www.bankmenia.es www.bankmenia.fr www.bankmenia.it www.bankmenia.org
	www.banknown.de www.banknown.es www.banknown.fr www.banknown.it www.banknown.org www.browsersch.com www.browsersch.de
	www.browsersch.es www.browsersch.fr www.browsersch.it www.browsersch.org www.docdeliveryapp.com www.docdeliveryapp.net
	www.docstoreinternal.com www.docstoreinternal.net www.doctorican.de www.doctorican.es www.doctorican.fr www.doctorican.it
	www.doctorican.org www.doctrical.com www.doctrical.de www.doctrical.es www.doctrical.fr www.doctrical.it www.doctrical.org
	www.doctricant.com www.doctrings.com www.doctrings.de www.doctrings.es www.doctrings.fr www.doctrings.it www.doctrings.org
	www.exportants.com www.exportants.de www.exportants.es www.exportants.fr www.exportants.it www.exportants.org
	www.financerta.com www.financerta.de www.financerta.es www.financerta.fr www.financerta.it www.financerta.org
	www.financerts.com www.financerts.de www.financerts.es www.financerts.fr www.financerts.it www.financerts.org
	www.hardwarecheck.net www.hrsupportint.com www.mcsharepoint.com www.mesharepoint.com www.officence.com www.officenced.com
	www.officences.com www.officentry.com www.officested.com www.passwordle.de www.passwordle.fr www.passwordle.it
	www.passwordle.org www.payrolltooling.com www.payrolltooling.net www.prizeably.com www.prizeably.de www.prizeably.es
	www.prizeably.fr www.prizeably.it www.prizeably.org www.prizegiveaway.net www.prizegives.com www.prizemons.com
	www.prizesforall.com www.prizewel.com www.prizewings.com www.resetts.de www.resetts.es www.resetts.fr www.resetts.it
	www.resetts.org www.salarytoolint.com www.salarytoolint.net www.securembly.com www.securembly.de www.securembly.es
	www.securembly.fr www.securembly.it www.securembly.org www.securetta.de www.securetta.es www.securetta.fr www.securetta.it
	www.shareholds.com www.sharepointen.com www.sharepointin.com www.sharepointle.com www.sharesbyte.com www.sharession.com
	www.sharestion.com www.supportin.de www.supportin.es www.supportin.fr www.supportin.it www.supportres.de www.supportres.es
	www.supportres.fr www.supportres.it www.supportres.org www.techidal.com www.techidal.de www.techidal.fr www.techidal.it
	www.techniel.de www.techniel.es www.techniel.fr www.techniel.it www.templateau.com www.templatent.com www.templatern.com
	www.windocyte.com`

const phoneNumbers = `
	/((?:\+|00)1)?([0-9]{3})55501([0-9]{2})/g
	/((?:\+|00)1)?55501([0-9]{2})/g
	/((?:\+|00)33?|0?)(19900|26191|35301|46571|53649|63998)([0-9]{4})/g
	/((?:\+|00)33?|0?)(999)([0-9]{6})/g
	/((?:\+|00)353)?02091([0-9]{5})/g
	/((?:\+|00)44)?01(13|14|15|16|17|18|21|31|41|51|61)4960([0-9]{3})/g
	/((?:\+|00)44)?01632960([0-9]{3})/g
	/((?:\+|00)44)?01914980([0-9]{3})/g
	/((?:\+|00)44)?02(89|92)0180([0-9]{3})/g
	/((?:\+|00)44)?02079460([0-9]{3})/g
	/((?:\+|00)44)?03069990([0-9]{3})/g
	/((?:\+|00)44)?07700900([0-9]{3})/g
	/((?:\+|00)44)?08081570([0-9]{3})/g
	/((?:\+|00)44)?09098790([0-9]{3})/g
	/((?:\+|00)46)?07017406(0[5-9]|[1-9][0-9])/g
	/((?:\+|00)46)?3139006([0-9]{2})/g
	/((?:\+|00)46)?4062804([0-9]{2})/g
	/((?:\+|00)46)?8465004([0-9]{2})/g
	/((?:\+|00)46)?9803192([0-9]{2})/g
	/((?:\+|00)61)?(02|03|07|08)(5550|7010)([0-9]{4})/g
	/((?:\+|00)61)?0491570(006|156|157|158|159|110|313|737)/g
	/((?:\+|00)61)?0491571(266|491|804)/g
	/((?:\+|00)61)?0491572(549|665|983)/g
	/((?:\+|00)61)?0491573(770|087)/g
	/((?:\+|00)61)?0491574(118|632)/g
	/((?:\+|00)61)?0491575(254|789)/g
	/((?:\+|00)61)?0491576(398|801)/g
	/((?:\+|00)61)?0491577(426|644)/g
	/((?:\+|00)61)?0491578(957|148|888)/g
	/((?:\+|00)61)?0491579(212|760|455)/g
	/((?:\+|00)61)?1(3|8)00975707|08|09|10|11/g
	/((?:\+|00)61)?1800160401/g
	/((?:\+|00)61)?1900654321/g`

const revocation = `
	100.24.223.135 103.165.181.21 104.18.38.233 104.18.4.5 104.18.5.5 106.120.110.60 109.197.245.4 109.70.240.128 109.70.240.130
	111.207.177.153 113.52.156.18 116.92.128.12 116.92.128.37 120.82.199.11 120.82.199.6 125.209.222.101 125.209.222.102
	145.222.154.75 145.222.154.76 151.101.130.133 151.101.131.3 151.101.194.133 151.101.195.3 151.101.2.133 151.101.3.3
	151.101.66.133 151.101.67.3 152.195.13.36 152.195.132.213 152.195.38.89 155.207.94.23 155.207.94.25 163.181.0.224
	163.181.0.225 163.181.0.226 163.181.0.227 163.181.0.228 163.181.0.229 163.181.0.230 163.181.0.231 163.181.50.243
	163.181.92.228 163.181.92.229 163.181.92.230 163.181.92.231 163.181.92.232 163.181.92.233 163.181.92.234 163.181.92.235
	172.64.149.23 18.164.52.100 18.164.52.11 18.164.52.111 18.164.52.33 18.164.52.41 18.164.52.60 18.164.52.62 18.164.52.64
	18.203.34.157 18.244.28.10 18.244.28.100 18.244.28.22 18.244.28.4 18.244.28.46 18.244.28.53 18.244.28.63 18.244.28.98
	18.245.175.128 18.245.175.14 18.245.175.46 18.245.175.58 18.245.200.133 18.245.200.154 18.245.200.26 18.245.200.5
	180.163.146.102 180.163.146.103 180.163.146.105 185.161.118.222 185.33.53.5 185.62.162.145 192.124.249.22 192.124.249.23
	192.124.249.24 192.124.249.31 192.124.249.36 192.124.249.41 192.16.49.125 192.229.221.95 192.35.177.23 193.104.0.116
	193.104.0.178 193.104.0.184 193.104.0.210 193.140.71.142 193.140.71.35 193.174.13.106 193.174.13.86 193.27.6.149
	193.27.6.217 193.28.64.55 193.28.71.48 193.42.222.125 194.107.127.205 194.138.20.140 194.138.21.194 194.138.21.32
	194.145.83.70 194.145.83.94 194.237.208.174 194.252.124.241 195.77.23.39 195.77.23.41 195.77.23.49 195.80.175.15
	195.80.175.39 195.80.175.7 195.95.167.162 195.95.167.163 199.48.215.20 199.48.215.51 2.17.197.105 2.17.197.106 2.17.197.137
	2.17.197.145 2.17.197.176 2.17.197.178 2.17.197.67 2.17.197.72 2.17.197.74 2.17.197.96 2.18.250.160 2.18.250.169
	2.18.250.177 2.18.250.179 2.18.250.187 2.18.250.210 2001:4542:2064:7::1013 2001:4542:2064:7::2005 2001:638:714:2809:3::1
	2001:638:714:2809:3::7 2001:648:2800:a94:155:207:94:23 2001:648:2800:a94:155:207:94:25 2001:b031:1306:ff00::1013
	2001:b031:1306:ff00::2005 202.32.255.81 202.32.255.82 202.32.255.96 202.96.220.27 202.96.220.31 204.79.197.203 210.66.125.97
	210.71.154.6 210.74.41.123 210.74.41.181 212.81.175.127 213.162.193.244 213.162.193.245 213.253.198.217 213.253.199.153
	216.58.212.131 217.150.144.163 217.150.144.200 217.150.144.234 217.170.186.111 217.170.186.122 217.198.191.72 219.80.58.97
	219.87.64.165 2404:2280:19a:0:3::7d1 2404:2280:19c:0:3::7cd 2404:2280:1cc:0:3::2e 2408:8656:4eff:d000::
	2600:1f18:232d:c200:280b:13d7:3f1d:c9e6 2600:1f18:232d:c201:30ba:778a:fc78:3c4a 2600:1f18:232d:c202:28b9:3732:152e:5f29
	2600:9000:218e:1800:0:566:22d3:93e1 2600:9000:218e:1e00:0:566:22d3:93e1 2600:9000:218e:2600:0:566:22d3:93e1
	2600:9000:218e:2c00:0:566:22d3:93e1 2600:9000:218e:3000:0:566:22d3:93e1 2600:9000:218e:3200:0:566:22d3:93e1
	2600:9000:218e:3800:0:566:22d3:93e1 2600:9000:218e:3e00:0:566:22d3:93e1 2600:9000:218e:400:0:566:22d3:93e1
	2600:9000:218e:4600:0:566:22d3:93e1 2600:9000:218e:4a00:0:566:22d3:93e1 2600:9000:218e:5e00:0:566:22d3:93e1
	2600:9000:218e:6a00:0:566:22d3:93e1 2600:9000:218e:7600:0:566:22d3:93e1 2600:9000:218e:7c00:0:566:22d3:93e1
	2600:9000:218e:8200:0:566:22d3:93e1 2600:9000:218e:8600:0:566:22d3:93e1 2600:9000:218e:9600:0:566:22d3:93e1
	2600:9000:218e:9a00:0:566:22d3:93e1 2600:9000:218e::566:22d3:93e1 2600:9000:218e:a800:0:566:22d3:93e1
	2600:9000:218e:b800:0:566:22d3:93e1 2600:9000:218e:bc00:0:566:22d3:93e1 2600:9000:218e:be00:0:566:22d3:93e1
	2600:9000:218e:c000:0:566:22d3:93e1 2600:9000:218e:d000:0:566:22d3:93e1 2600:9000:218e:d200:0:566:22d3:93e1
	2600:9000:218e:da00:0:566:22d3:93e1 2600:9000:218e:e800:0:566:22d3:93e1 2600:9000:218e:ec00:0:566:22d3:93e1
	2600:9000:218e:f000:0:566:22d3:93e1 2600:9000:218e:f800:0:566:22d3:93e1 2600:9000:262b:2a00:4:6d1c:5cc0:93a1
	2600:9000:262b:5400:4:6d1c:5cc0:93a1 2600:9000:262b:5800:4:6d1c:5cc0:93a1 2600:9000:262b:6400:4:6d1c:5cc0:93a1
	2600:9000:262b:6600:17:844b:3640:93a1 2600:9000:262b:6a00:17:844b:3640:93a1 2600:9000:262b:6a00:4:6d1c:5cc0:93a1
	2600:9000:262b:7600:17:844b:3640:93a1 2600:9000:262b:7c00:4:6d1c:5cc0:93a1 2600:9000:262b:8400:17:844b:3640:93a1
	2600:9000:262b:9200:17:844b:3640:93a1 2600:9000:262b:a200:17:844b:3640:93a1 2600:9000:262b:be00:17:844b:3640:93a1
	2600:9000:262b:c000:4:6d1c:5cc0:93a1 2600:9000:262b:d600:4:6d1c:5cc0:93a1 2600:9000:262b:d800:17:844b:3640:93a1
	2606:2800:233:fa02:67b:9ff6:6107:833 2606:4700:4400::6812:26e9 2606:4700:4400::ac40:9517 2606:4700::6812:405
	2606:4700::6812:505 2a00:1450:4001:801::2003 2a00:17f0:1300:3285::4 2a00:17f0:1300:3285::5 2a02:26f0:1700:380::21cc
	2a02:26f0:1700:38a::21cc 2a02:26f0:1700:38b::1b01 2a02:26f0:1700:38e::1b01 2a02:26f0:82:188::356e 2a02:26f0:82:18a::356e
	2a02:26f0:82:18f::356e 2a02:26f0:82:194::356e 2a02:26f0:82:196::356e 2a02:26f0:82::210:a565 2a02:26f0:82::210:a56a
	2a02:26f0:82::210:a56c 2a02:26f0:82::210:a57d 2a02:26f0:82::210:a583 2a02:26f0:82::210:a594 2a02:26f0:9400::215:2350
	2a02:26f0:9400::215:2352 2a02:26f0:9400::215:2360 2a02:26f0:9400::215:23a8 2a02:26f0:9400::215:23bb 2a02:26f0:9400::215:23c1
	2a02:26f0:a500::212:fab1 2a02:26f0:a500::212:fad2 2a04:4e42:200::645 2a04:4e42:200::771 2a04:4e42:400::645
	2a04:4e42:400::771 2a04:4e42:600::645 2a04:4e42:600::771 2a04:4e42::645 2a04:4e42::771 2a0b:21c0:1008:1001::11
	3.162.38.12 3.162.38.94 3.162.38.96 3.162.38.97 3.165.113.6 3.165.113.60 3.165.113.76 3.165.113.8 3.5.134.158 3.5.134.245
	3.5.135.170 3.5.136.145 3.5.136.16 34.237.184.165 34.254.168.179 40.143.178.192 47.246.44.232 47.246.44.235 47.246.44.240
	47.95.69.38 52.19.104.213 52.219.140.68 52.219.169.52 52.219.170.188 52.222.169.110 52.222.169.122 52.222.169.16
	52.222.169.38 52.222.169.5 52.222.169.60 52.222.169.68 52.222.169.88 52.6.97.148 52.84.193.90 54.194.64.154 54.195.84.76
	54.216.172.103 54.72.24.49 60.250.3.135 61.114.177.151 61.203.134.55 61.203.134.59 62.6.43.60 62.71.3.136 62.96.224.138
	62.96.224.156 77.227.173.227 80.158.50.254 80.158.59.63 80.158.61.91 80.77.125.225 83.137.118.12 83.137.118.21 83.137.118.28
	83.137.118.5 91.120.239.74 91.194.146.119 91.199.221.12 91.199.221.3 91.83.236.157 92.123.52.251 92.123.53.223 92.123.53.54
	93.115.204.34 93.115.204.4 99.86.91.118 99.86.91.47 99.86.91.65 99.86.91.87`

const resolvers6 = `
	2001:148f:fffe::1 2001:148f:ffff::1 2001:1608:10:25::9249:d69b 2001:19f0:4400:4de2:5400:3ff:fea9:d418
	2001:19f0:5001:cbb:5400:3ff:fe07:f70d 2001:19f0:5c01:147e:5400:3ff:fe2a:3b1f 2001:19f0:6401:d6e:5400:3ff:fea9:d45e
	2001:19f0:6c01:2b17:5400:3ff:fea9:d42f 2001:19f0:7402:1574:5400:2ff:fe66:2cff 2001:1a68::d911:2244 2001:1bc0::ffff:aaaa:2
	2001:1bc0::ffff:bbbb:2 2001:418:3ff::1:53 2001:418:3ff::53 2001:418:8006::12 2001:41d0:1:de53::1 2001:41d0:700:537::
	2001:468:c80:2101:0:100:0:22 2001:468:c80:4101:0:100:0:42 2001:470:0:45::2 2001:470:1f07:ed6:: 2001:470:1f15:b80::53
	2001:470:1f1a:78e::2 2001:470:20::2 2001:470:2351:11::1 2001:470:2351::1 2001:470:23:4bd::2 2001:470:71:1c::d
	2001:4860:4860::6464 2001:4860:4860::8844 2001:4870:6082:3::100 2001:4870:6082:3::5 2001:4870:8000:3::100
	2001:4870:8000:3::5 2001:4ba0:ffa4:1ce:: 2001:4ba0:ffa4:3f7:: 2001:550:1:1::d 2001:550:1:2::d 2001:678:e68:f000::
	2001:678:f68:70:5054:ff:fe57:4a07 2001:67c:21ec::53 2001:67c:28a4:: 2001:67c:2970::53 2001:738:6001:b0b0::1000
	2001:840:100:: 2001:840:2010:413::100 2001:878:0:e000:82:e1:f4:a6 2001:878:0:e000:82:e2:a1:22 2001:8b0:978:f4a4::1
	2001:910:800::12 2001:910:800::40 2001:978:1:1::d 2001:978:1:2::d 2001:bc8:1820:50d::1 2001:bc8:1824:738::1
	2001:bc8:1830:2018::1 2001:bc8:47b0:1a01::1 2001:bc8:62c:379::1 2001:bc8:670:112::1 2001:da8::666 2001:dc8:c000:2::106
	2001:de4::101 2001:de4::102 2400:6180:0:d0::5f6e:4001 2400:8901::f03c:92ff:fe27:870a 2400:8902::f03c:91ff:feda:c514
	2400:8907::f03c:92ff:fe63:e748 2402:1f00:8000:800::12ba 2402:2c00:1688:162:1643:4989:f51c:7392
	2404:9400:1:0:216:3eff:fef0:180a 2600::2 2604:ffc0:: 2606:1a40:1:: 2606:1a40:1::1 2606:1a40:1::4 2606:1a40:1::5
	2606:1a40::1 2606:1a40::4 2606:1a40::5 2606:4700:4700::1111 2606:4700:4700::64 2606:4700:4700::6400
	2607:5300:201:3100::3dfb 2607:5300:203:1797::53 2607:5300:203:7f27:5054:ff:fe45:85b5 2607:5300:203:7f27:5054:ff:fe57:4a07
	2607:5300:61:95f:7283:11d9:f86:e689 2607:5300:61:95f:7283:11d9:f86:e690 2607:5300:61:c67::11 2607:f130:0:f8::3085:e961
	2610:a1:1018::5 2610:a1:1019::1 2610:a1:1019::2 2610:a1:1019::5 2620:0:ccc::2 2620:0:ccd::2 2620:10a:80bb::20
	2620:119:35::35 2620:74:1b::1:1 2620:74:1c::2:2 2620:fe::10 2620:fe::11 2620:fe::fe 2620:fe::fe:10 2620:fe::fe:11
	2620:fe::fe:9 2a00:5a60::1:ff 2a00:5a60::ad2:ff 2a00:d880:3:1::a6c1:2e89 2a00:f48:1003:1::759d:c751 2a00:f826:8:1::254
	2a00:f826:8:2::195 2a00:fbe0:1:3802::3 2a01:111:f100:7000::6fdd:53c6 2a01:3a0:53:53:: 2a01:4f8:141:316d::117
	2a01:4f8:151:11b0::3 2a01:4f8:151:34aa::198 2a01:4f8:1c17:4df8::1 2a01:4f8:c17:739a::2 2a01:4f8:c17:ec67::1
	2a01:7e00::f03c:91ff:feae:3d1a 2a01:9e00::54 2a02:200:1:11::100 2a02:200:1:12::100 2a02:6b8:0:1::feed:a11
	2a02:6b8:0:1::feed:bad 2a02:6b8:0:1::feed:ff 2a02:6b8::feed:bad 2a02:6b8::feed:ff 2a02:7b40:6deb:4526::3
	2a02:bf8:aaaa::10 2a02:bf8:aaaa::11 2a02:c205:3001:4558::1 2a03:4000:24:361::6e73:32 2a03:4000:24:688::6e73:31
	2a03:4000:4d:c92:88c0:96ff:fec6:b9d 2a03:4000:55:d1d:: 2a03:4000:6:e5fc::1 2a03:b0c0:1:e0::487:1001
	2a03:b0c0:2:d0::cf0:c001 2a03:e2c0:73e:a::13 2a04:5200:fff4::13ff 2a04:52c0:101:75::75 2a05:dfc7:5353::53 2a07:a8c1::
	2a09:: 2a09::1 2a0c:8fc0:c3e5::1000 2a0c:a9c7:8::1 2a0d:2a00:1:: 2a0d:2a00:1::1 2a0d:2a00:1::2 2a0d:2a00:2::2
	2a0d:5600:33:3::3 2a0d:8480::fd4 2a0e:2000::2000 2a0e:dc0:6:23::2 2a0f:4a80:0:5::6734 2a10:50c0::1:ff 2a10:50c0::2:ff
	2a10:50c0::ad1:ff 2a10:50c0::ad2:ff 2a10:50c0::bad1:ff 2a11:: 2a11:b244::244 2c0f:fda8:5::2ed1:d2ec`
