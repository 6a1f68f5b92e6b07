package ioc

// The top-level domains of the public suffix list of 2026-02-06, as compiled
// into golang.org/x/net/publicsuffix v0.62. That package answers for a whole
// name, but allocates for each question; these lists answer what is asked of
// every candidate in a text. TestTopLevelDomains compares the two.

// flatTLDs are those under which everybody registers directly.
const flatTLDs = `
aaa aarp abb abbott abbvie abc able abogado abudhabi academy accenture accountant accountants aco actor ad ads adult
aeg aetna afl africa agakhan agency aig airbus airforce airtel akdn alibaba alipay allfinanz allstate ally alsace
alstom amazon americanexpress americanfamily amex amfam amica amsterdam analytics android anquan anz aol apartments
app apple aq aquarelle arab aramco archi army art arte asda asia associates athleta attorney auction audi audible
audio auspost author auto autos aws ax axa azure baby baidu banamex band bank bar barcelona barclaycard barclays
barefoot bargains baseball basketball bauhaus bayern bbc bbt bbva bcg bcn beats beauty beer berlin best bestbuy bet
bharti bible bid bike bing bingo bio biz black blackfriday blockbuster blog bloomberg blue bms bmw bnpparibas boats
boehringer bofa bom bond boo book booking bosch bostik boston bot boutique box bradesco bridgestone broadway broker
brother brussels build builders business buy buzz bv bzh cab cafe cal call calvinklein cam camera camp canon capetown
capital capitalone car caravan cards care career careers cars casa case cash casino cat catering catholic cba cbn cbre
cc center ceo cern cf cfa cfd cg ch chanel channel charity chase chat cheap chintai christmas chrome church cipriani
circle cisco citadel citi citic city claims cleaning click clinic clinique clothing cloud club clubmed coach codes
coffee college cologne com commbank community company compare computer comsec condos construction consulting contact
contractors cooking cool coop corsica country coupon coupons courses cpa credit creditcard creditunion cricket crown
crs cruise cruises cuisinella cymru cyou dad dance data date dating datsun day dclk dds de deal dealer deals degree
delivery dell deloitte delta democrat dental dentist desi design dev dhl diamonds diet digital direct directory
discount discover dish diy dj dk dnp docs doctor dog domains dot download drive dtv dubai dupont durban dvag dvr earth
eat eco edeka edu education email emerck energy engineer engineering enterprises epson equipment ericsson erni esq
estate eu eurovision eus events exchange expert exposed express extraspace fage fail fairwinds faith family fan fans
farm farmers fashion fast fedex feedback ferrari ferrero fidelity fido film final finance financial fire firestone
firmdale fish fishing fit fitness flickr flights flir florist flowers fly fo foo food football ford forex forsale
forum foundation fox free fresenius frl frogans frontier ftr fujitsu fun fund furniture futbol fyi ga gal gallery
gallo gallup game games gap garden gay gb gbiz gdn gea gent genting george gf ggee gift gifts gives giving glass gle
global globo gm gmail gmbh gmo gmx godaddy gold goldpoint golf goo goodyear goog google gop got gov gq grainger
graphics gratis green gripe grocery group gs gucci guge guide guitars guru gw hair hamburg hangout haus hbo hdfc
hdfcbank health healthcare help helsinki here hermes hiphop hisamitsu hitachi hiv hkt hm hockey holdings holiday
homedepot homegoods homes homesense honda horse hospital host hosting hot hotel hotels hotmail house how hsbc hughes
hyatt hyundai ibm icbc ice icu ieee ifm ikano imamat imdb immo immobilien inc industries infiniti info ing ink
institute insurance insure international intuit investments ipiranga irish is ismaili ist istanbul itau itv jaguar
java jcb jeep jetzt jewelry jio jll jmp jnj jobs joburg jot joy jpmorgan jprs juegos juniper kaufen kddi kerryhotels
kerryproperties kfh kia kids kim kindle kitchen kiwi koeln komatsu kosher kpmg kpn krd kred kuokgroup kyoto lacaixa
lamborghini lamer land landrover lanxess lasalle lat latino latrobe law lawyer lds lease leclerc lefrak legal lego
lexus lgbt li lidl life lifeinsurance lifestyle lighting like lilly limited limo lincoln link live living llc llp loan
loans locker locus lol london lotte lotto love lpl lplfinancial ltd ltda lu lundbeck luxe luxury madrid maif maison
makeup man management mango map market marketing markets marriott marshalls mattel mba mckinsey md med media meet
melbourne meme memorial men menu merck merckmsd mh miami microsoft mil mini mint mit mitsubishi mlb mls mma mobi
mobile moda moe moi mom monash money monster mormon mortgage moscow moto motorcycles mov movie mp mq msd mtn mtr
museum music nab nagoya name navy nba ne nec net netbank netflix network neustar new news next nextdirect nexus nfl
ngo nhk nico nike nikon ninja nissan nissay nl nokia norton now nowruz nowtv nra nrw ntt nu nyc obi observer office
okinawa olayan olayangroup ollo omega one ong onion onl online ooo open oracle orange org organic origins osaka otsuka
ott ovh page panasonic paris pars partners parts party pay pccw pet pfizer pharmacy phd philips phone photo
photography photos physio pics pictet pictures pid pin ping pink pioneer pizza place play playstation plumbing plus pm
pnc pohl poker politie porn post praxi press prime prod productions prof progressive promo properties property
protection pru prudential pub pwc qpon quebec quest racing radio read realestate realtor realty recipes red
redumbrella rehab reise reisen reit reliance ren rent rentals repair report republican rest restaurant review reviews
rexroth rich richardli ricoh ril rio rip rocks rodeo rogers room rsvp ru rugby ruhr run rwe ryukyu saarland safe
safety sakura sale salon samsclub samsung sandvik sandvikcoromant sanofi sap sarl sas save saxo sbi sbs scb schaeffler
schmidt scholarships school schule schwarz science scot search seat secure security seek select sener services seven
sew sex sexy sfr shangrila sharp shell shia shiksha shoes shop shopping shouji show si silk sina singles site sj ski
skin sky skype sling sm smart smile sncf soccer social softbank software sohu solar solutions song sony soy spa space
sport spot sr srl stada staples star statebank statefarm stc stcgroup stockholm storage store stream studio study
style su sucks supplies supply support surf surgery suzuki swatch swiss sydney systems tab taipei talk taobao target
tatamotors tatar tattoo tax taxi tc tci td tdk team tech technology tel temasek tennis teva tf tg thd theater theatre
tiaa tickets tienda tips tires tirol tjmaxx tjx tk tkmaxx tmall today tokyo tools top toray toshiba total tours town
toyota toys trade trading training travel travelers travelersinsurance trust trv tube tui tunes tushu tv tvs ubank ubs
unicom university uno uol ups va vacations vana vanguard vegas ventures verisign versicherung vet viajes video vig
viking villas vin vip virgin visa vision viva vivo vlaanderen vodka volvo vote voting voto voyage wales walmart walter
wang wanggou watch watches weather weatherchannel webcam weber website wed wedding weibo weir wf whoswho wien wiki
williamhill win windows wine winners wme wolterskluwer woodside work works world wow wtc wtf xbox xerox xihuan xin
xn--11b4c3d xn--1ck2e1b xn--1qqw23a xn--2scrj9c xn--30rr7y xn--3bst00m xn--3ds443g xn--3e0b707e xn--3hcrj9c xn--3pxu8k
xn--42c2d9a xn--45br5cyl xn--45brj9c xn--45q11c xn--4gbrim xn--54b7fta0cc xn--55qw42g xn--55qx5d xn--5su34j936bgsg
xn--5tzm5g xn--6frz82g xn--6qq986b3xl xn--80adxhks xn--80ao21a xn--80aqecdr1a xn--80asehdb xn--80aswg xn--8y0a063a
xn--90ae xn--90ais xn--9dbq2a xn--9et52u xn--9krt00a xn--b4w605ferd xn--bck1b9a5dre4c xn--c1avg xn--c2br7g xn--cck2b3b
xn--cckwcxetd xn--cg4bki xn--clchc0ea0b2g2a9gcd xn--czr694b xn--czrs0t xn--czru2d xn--d1acj3b xn--d1alf xn--e1a4c
xn--eckvdtc9d xn--efvy88h xn--fct429k xn--fhbei xn--fiq228c5hs xn--fiq64b xn--fiqs8s xn--fiqz9s xn--fjq720a
xn--flw351e xn--fpcrj9c3d xn--fzc2c9e2c xn--fzys8d69uvgm xn--g2xx48c xn--gckr3f0f xn--gecrj9c xn--gk3at1e
xn--h2breg3eve xn--h2brj9c xn--h2brj9c8c xn--hxt814e xn--i1b6b1a6a2e xn--imr513n xn--io0a7i xn--j1aef xn--j1amh
xn--jlq480n2rg xn--jvr189m xn--kcrx77d1x4a xn--kprw13d xn--kpry57d xn--kput3i xn--l1acc xn--lgbbat1ad8j xn--mgb2ddes
xn--mgb9awbf xn--mgba3a3ejt xn--mgba3a4f16a xn--mgba3a4fra xn--mgba7c0bbn0a xn--mgbaam7a8h xn--mgbab2bd
xn--mgbah1a3hjkrd xn--mgbai9a5eva00b xn--mgbai9azgqp6j xn--mgbayh7gpa xn--mgbbh1a xn--mgbbh1a71e xn--mgbc0a9azcg
xn--mgbca7dzdo xn--mgbcpq6gpa1a xn--mgberp4a5d4a87g xn--mgberp4a5d4ar xn--mgbgu82a xn--mgbi4ecexp xn--mgbpl2fh
xn--mgbqly7c0a67fbc xn--mgbqly7cvafr xn--mgbt3dhd xn--mgbtf8fl xn--mgbtx2b xn--mgbx4cd0ab xn--mix082f xn--mix891f
xn--mk1bu44c xn--mxtq1m xn--ngbc5azd xn--ngbe9e0a xn--ngbrx xn--nnx388a xn--node xn--nqv7f xn--nqv7fs00ema xn--nyqy26a
xn--ogbpf8fl xn--otu796d xn--p1acf xn--p1ai xn--pgbs0dh xn--pssy2u xn--q7ce6a xn--q9jyb4c xn--qcka1pmc xn--qxa6a
xn--qxam xn--rhqv96g xn--rovu88b xn--rvc1e0am3e xn--s9brj9c xn--ses554g xn--t60b56a xn--tckwe xn--tiq49xqyj xn--unup4y
xn--vermgensberater-ctb xn--vermgensberatung-pwb xn--vhquv xn--vuq861b xn--w4r85el8fhu5dnra xn--w4rs40l xn--wgbh1c
xn--wgbl6a xn--xhq521b xn--xkc2al3hye2a xn--xkc2dl3a5ee0h xn--y9a3aq xn--yfro4i67o xn--ygbi2ammx xn--zfr164b xxx xyz
yachts yahoo yamaxun yandex yodobashi yoga yokohama you youtube yt yun zappos zara zero zip zone zuerich
`

// deepTLDs are those with further suffixes below, such as co.uk.
const deepTLDs = `
ac ae aero af ag ai al am ao ar arpa as at au aw az ba bb bd be bf bg bh bi bj bm bn bo br bs bt bw by bz ca cd ci ck
cl cm cn co cr cu cv cw cx cy cz dm do dz ec ee eg er es et fi fj fk fm fr gd ge gg gh gi gl gn gp gr gt gu gy hk hn
hr ht hu id ie il im in int io iq ir it je jm jo jp ke kg kh ki km kn kp kr kw ky kz la lb lc lk lr ls lt lv ly ma mc
me mg mk ml mm mn mo mr ms mt mu mv mw mx my mz na nc nf ng ni no np nr nz om pa pe pf pg ph pk pl pn pr pro ps pt pw
py qa re ro rs rw sa sb sc sd se sg sh sk sl sn so ss st sv sx sy sz th tj tl tm tn to tr tt tw tz ua ug uk us uy uz
vc ve vg vi vn vu ws xn--4dbrk0ce xn--90a3ac xn--j6w193g xn--o3cw4h ye za zm zw
`

// specialTLDs are outside the public DNS but in use: RFC 6761, RFC 6762, RFC
// 7686, RFC 9476, private networks, and the name systems that malware resolves
// by other means.
const specialTLDs = "test example local localdomain internal intranet lan corp home alt onion i2p bit bazar coin emc lib"

// secondLabels are the labels that are public suffixes directly below any of
// the deepTLDs but the crowdedTLDs. Whether one is a suffix below a certain
// domain is for the list itself to say; all others are not.
const secondLabels = `
5g 6g aaa ab abo ac aca acct act adult adv aero africa agri agric agro ah ai aip aland alt am architectes art arts asn
ass assn asso assur av avocat avocats avoues bank bar bbs bc bel bet bib bihar biz bj busan business ca cci chungbuk
chungnam club cn co com commune conf consulado coop cpa cq cri cs daegu daejeon delhi desa dr e12 e164 ebiz eco econo
ed edu ekloges emb embaixada emprende eng ens er es est eu eun fam fi fie fin firm fj fm from game gangwon gc gd geek
gen gkp go gob gog gok gop gos gouv gov govt greta grondar grp gs guam gub gujarat gv gwangju gx gyeongbuk gyeonggi
gyeongnam gz ha hb he health hi hk hl hn home hotel hs huissier-justice i ia id idf idv in in-addr incheon ind inf
info ing inst int internet intl io ip6 iris isla it its iwi iz jeju jeonbuk jeonnam jl js jur jx k12 kep kg kiwi kop
law lib ln loisirs ltd maori mb me med medecin mi mil mincom mo mobi mod money ms muni museum musica mutual my name
nat nb nc ne net nf ngo nhs nic nis nl nm nom nome notaires ns nsw nt nu nx of off og on or org ote other oz
parliament pb pe per perso pg pharmaciens phd plc plo pol police ponpes post pp pr prd press presse pri principe priv
pro prof pub publ pvt qc qh qld rar re rec recht red rel rep res restaurant resto riik sa saotome sc sch school sci sd
sec seg senasa seoul sh shop sk sld sn soc sport store sx tas tec tel test tj tm tourism tra travel tsk tt tur tv tw
uk ulsan univ up uri urn us veterinaire vic wa web www xj xn--12c1fe0br xn--12cfi8ixb8l xn--12co0c3b4eva xn--4dbgdty6c
xn--55qx5d xn--5dbhl8d xn--80au xn--8dbq2a xn--90azh xn--9tfky xn--aroport-bya xn--c1avg xn--ciqpn xn--d1at
xn--gmq050i xn--gmqw5a xn--h3cuzk1di xn--hebda8b xn--io0a7i xn--lcvr32d xn--m3ch0j3a xn--mgba3a4f16a xn--mgba3a4fra
xn--mk0axi xn--mori-qsa xn--mxtq1m xn--o1ac xn--o1ach xn--o3cyx2a xn--od0alg xn--od0aq3b xn--tn0ag xn--uc0atv
xn--uc0ay4a xn--wcvs22d xn--zf0avx xz yk yn zj
`

// crowdedTLDs have many suffixes that are common names elsewhere, such as one
// for each province or letter, or rules for all names.
const crowdedTLDs = "aero bg bo br ck ec er fk hu it jm jp kh mm no np pg pl se ua us vn"
