//! Ordinary customer-desk and writing sessions, in several languages.

pub(crate) const SCRIPTS: &[&str] =
    &[QUOTE, ADDRESS_DE, CUSTOMS_AR, DELAY_ZH, LOST, INVOICE_FR, PETS, MINUTES, HAIKU, SLOGAN_ES];

const QUOTE: &str = r##"name: plain-quote
format: retail
model: tern
agent: desk
---
%%user
Price for 4 pallets, 1.9 t, Gdynia to {{port}}?
%%call get_quote {"from": "Gdynia", "to": "{{port}}", "pallets": 4, "weight_kg": 1900}
{"cents": {{n:61000-89000}}, "days": 5}
%%say
{{n:61000-89000}} cents in total and five days door to door. Shall I reserve space on Thursday's sailing?
%%user
not yet, need to ask my boss
%%say
No problem, the price holds for seven days.
"##;

const ADDRESS_DE: &str = r##"name: plain-address-de
format: retail
model: kelda
agent: desk
---
%%user
Moin, wir sind umgezogen. Kann {{order}} an die Werftstraße 12 statt Hafenweg 3? Ist schon unterwegs.
%%call get_booking {"order": "{{order}}"}
{"order": "{{order}}", "status": "on truck", "eta": "16:00", "address": "Hafenweg 3"}
%%think
Schon auf dem LKW. Adressänderung am selben Tag geht nur mit Fahreranruf, 35 EUR laut Handbuch? Nachsehen statt raten.
%%call search_docs {"query": "address change same day"}
handbook 4.6: same-day change within 15 km free of charge, otherwise 35 EUR
%%call update_booking {"order": "{{order}}", "address": "Werftstraße 12"}
{"ok": true, "distance_km": 4}
%%say
Moin! Geändert auf Werftstraße 12. Es sind nur 4 km, daher kostenlos; der Fahrer kommt gegen 16 Uhr.
"##;

const CUSTOMS_AR: &str = r##"name: plain-customs-ar
format: openai-chat
model: kelda
agent: desk
note: Arabic
---
%%user
مرحباً، الحاوية {{box}} موقوفة في الجمارك منذ يومين. ما السبب؟
%%call get_booking {"container": "{{box}}"}
{"container": "{{box}}", "customs": "hold", "reason": "missing certificate of origin"}
%%think
السبب واضح: شهادة المنشأ ناقصة. أشرح له ما المطلوب.
%%say
مرحباً! الحاوية موقوفة لأن شهادة المنشأ غير موجودة في الملف. إذا أرسلتم نسخة منها اليوم فعادةً يُرفع الحجز خلال يوم عمل واحد.
"##;

const DELAY_ZH: &str = r##"name: plain-delay-zh
format: anthropic
model: tern
agent: desk
note: Chinese, emoji
---
%%user
你好！{{order}} 什么时候到？我们周五开业 🙏
%%call get_booking {"order": "{{order}}"}
{"order": "{{order}}", "status": "on time", "eta": "Thursday 11:00"}
%%think
周四到，赶得上周五。
%%say
您好！{{order}} 准时，周四上午 11 点送到，赶得上周五开业。祝开业大吉 🎉
"##;

const LOST: &str = r##"name: plain-lost
format: retail
model: brage
agent: desk
---
%%user
A carton is missing from {{order}}, 11 of 12 arrived. Refund please.
%%call get_booking {"order": "{{order}}"}
{"order": "{{order}}", "cartons": 12, "scanned_out": 12, "value_cents": 264000, "insured": true}
%%think
One carton is 220 EUR: above my limit of 200, so hand over.
%%call update_ticket {"id": "{{ticket}}", "note": "1 of 12 cartons missing, 220 EUR, insured, customer asks for refund", "assign": "claims"}
ok
%%say
I'm sorry. One carton is worth 220 EUR, which is above what I may refund myself, so I have given the case to our claims team ({{ticket}}). They answer within one working day. Could you send the delivery note with the driver's signature?
"##;

const INVOICE_FR: &str = r##"name: plain-invoice-fr
format: openinference
model: kelda
agent: desk
---
%%user
Bonjour, la facture de {{order}} est à l'ancienne adresse, pouvez-vous la refaire ? Nouvelle : 8 quai des Brumes, 76600 Le Havre.
%%call update_booking {"order": "{{order}}", "billing_address": "8 quai des Brumes, 76600 Le Havre"}
{"ok": true}
%%call send_email {"to": "billing contact of {{order}}", "subject": "Facture corrigée {{order}}", "body": "Bonjour, voici la facture avec la nouvelle adresse.", "attachments": ["{{order}}.pdf"]}
sent
%%say
C'est fait, la facture corrigée est partie à votre contact de facturation.
"##;

const PETS: &str = r##"name: plain-pets
format: openai-chat
model: tern
agent: desk
---
%%user
My daughter asks whether seagulls ever ride on your ships 😄
%%say
All the time! Our crews say that they like the warm air behind the funnel. Tell her the Astrid once carried the same gull from Gdynia to Aarhus and back.
"##;

const MINUTES: &str = r##"name: plain-minutes
format: openai-responses
model: kelda
agent: scribe
cot: summary
---
%%user
Minutes from these notes: terminals: B4 scanner broken since mon, new one wed. crane 2 inspection fri 6-10, no discharge then. {{person}} collects ideas for the summer party. next meeting in 2 weeks
%%think
**Ordering the notes**

Three items and a date.
%%say
**Terminal meeting**
- Gate B4: scanner out since Monday, replacement on Wednesday.
- Crane 2: inspection on Friday, 6:00–10:00; no discharge in that time.
- Summer party: ideas to {{person}}.
- Next meeting in two weeks.
"##;

const HAIKU: &str = r##"name: plain-haiku
format: anthropic
model: brage
agent: scribe
---
%%user
haiku about fog on the quay
%%say
Fog walks on the quay.
A crane nods to no one there.
Somewhere, a ship's bell.
"##;

const SLOGAN_ES: &str = r##"name: plain-slogan-es
format: openai-chat
model: brage
agent: scribe
---
%%user
Un lema corto para la nueva ruta Bilbao–Le Havre, que suene cercano, no corporativo.
%%think
Corto, sin adjetivos vacíos.
%%say
«Bilbao–Le Havre: mañana está aquí al lado.»
"##;
