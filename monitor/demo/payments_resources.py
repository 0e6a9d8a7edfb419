"""What the payments vendor of the demo sells, as a table that `payments.py` makes an OpenAPI description of. Data, and its
size is the point, hence the length.

    = NAME  PREFIX  VERBS  ACTIONS     a resource; verbs by first letter: create read update delete list; actions are POSTs
    . NAME                             a part of resources, without requests of its own
    prose                              until the first field, for the resource
    FIELD  TYPE  MARKS  what it is     marks: ! always there, ? may be null, < accepted on create, ~ accepted on update

A type is one of string, text, integer, money, boolean, time, date, email, url, currency, country, `id:RESOURCE` (an id, or
the whole object when asked to expand it), `ref:SCHEMA`, `enum:a|b|c`, or any of them with `[]` behind it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Field:
    """One line of a block."""

    name: str
    type: str
    marks: str
    about: str


@dataclass(slots=True)
class Block:
    """A resource, or (without verbs) a part of resources."""

    name: str
    prefix: str = ""
    verbs: str = ""
    actions: tuple[str, ...] = ()
    about: str = ""
    fields: list[Field] = field(default_factory=list)


_FIELD = re.compile(r"^(\w+) (\S+) ([!?<~]+) (.+)$")
_FIELD_WITHOUT_MARKS = re.compile(r"^(\w+) (\S+\[\]) ()(.+)$")


def parse(table: str) -> list[Block]:
    """The blocks of the table, in its order."""
    blocks: list[Block] = []
    for line in table.strip().splitlines():
        match line.split():
            case ["=", name, prefix, verbs, *actions]:
                named = tuple(actions[0].split(",")) if actions else ()
                blocks.append(Block(name, prefix, verbs, named))
            case [".", name]:
                blocks.append(Block(name))
            case []:
                pass
            case _ if found := _FIELD.match(line) or _FIELD_WITHOUT_MARKS.match(line):
                blocks[-1].fields.append(Field(*found.groups()))
            case _:
                blocks[-1].about = f"{blocks[-1].about} {line}".strip()
    return blocks


TABLE = """
= payment pay_ crul confirm,capture,cancel,increment,verify
A payment carries one purchase from the first authorisation to the money on your balance. It moves forward only: a payment
that failed may be confirmed again with another instrument, and a payment that succeeded is changed by refunds alone.
amount money !<~ What the customer is to pay, in the smallest unit of the currency
amount_captured money ! How much of it was captured so far
amount_refunded money ! How much of it went back to the customer
currency currency !< The currency the customer pays in
status enum:requires_instrument|requires_confirmation|requires_action|processing|succeeded|cancelled ! Where the payment stands
customer id:customer ?<~ Who pays, if the payer is known to you
instrument id:instrument ?<~ What the payer pays with
latest_charge id:charge ? The last attempt to move the money
charges ref:charge[] ! Every attempt, the newest first
invoice id:invoice ? The invoice it settles
mandate id:mandate ?< The permission to collect without the payer present
capture_method enum:automatic|manual !< Whether the money is taken at once or on your word
description text ?<~ A sentence of yours for the records
receipt_email email ?<~ Where the receipt goes
receipt_url url ? A page that shows the receipt, to be linked from your order confirmation
statement_text string ?<~ What the payer's bank shows, 5 to 22 characters
next_action ref:next_action ? What the payer has to do before the payment can go on
last_error ref:failure ? Why the last attempt failed
risk ref:risk_assessment ? What our risk engine thinks of it
shipping ref:shipping ?<~ Where the goods go
transfer_group string ?< Ties the payment to transfers to your partners
cancelled_at time ? When it was cancelled
cancellation_reason enum:duplicate|fraudulent|requested|abandoned ? Why it was cancelled

= charge chg_ rul dispute_close
A charge is one attempt to move money. Most payments have exactly one.
amount money ! How much was attempted
currency currency ! In which currency
payment id:payment ! The payment it belongs to
customer id:customer ? Who paid
instrument_details ref:instrument_details ! What it was paid with, as it was at that time
balance_entry id:balance_entry ? Its effect on your balance
status enum:pending|succeeded|failed ! How it went
failure ref:failure ? Why it failed
outcome ref:charge_outcome ! What the network answered
refunds ref:refund[] ! Money that went back
dispute id:dispute ? The dispute about it, if there is one
captured boolean ! Whether the money was taken
disputed boolean ! Whether the payer disputes it
authorisation_code string ? What the issuer answered with
billing ref:contact ! The payer's details
receipt_number string ? The number on the receipt

= refund ref_ crul cancel
A refund sends money back the way it came.
amount money !< How much goes back
currency currency ! In which currency
payment id:payment !< The payment it belongs to
charge id:charge ! The charge it reverses
reason enum:duplicate|fraudulent|requested_by_customer|expired ?< Why
status enum:pending|requires_action|succeeded|failed|cancelled ! Where it stands
balance_entry id:balance_entry ? Its effect on your balance
failure_entry id:balance_entry ? The entry that brings the money back to you if the refund fails
arrives_by date ? When the payer should have it
receipt_number string ? The number on the receipt

= customer cus_ crudl merge
A customer is a person or company that pays you more than once.
name string ?<~ Their name as they write it
email email ?<~ Where to write to them
phone string ?<~ In international notation
address ref:address ?<~ Where they live or have their seat
shipping ref:shipping ?<~ Where goods go unless an order says otherwise
balance money ! What they owe you (positive) or you owe them (negative)
currency currency ? The currency they are billed in
default_instrument id:instrument ?<~ What they pay with unless told otherwise
instruments ref:instrument[] ! Everything they may pay with
subscriptions ref:subscription[] ! What they are subscribed to
discount ref:discount ? What they pay less
delinquent boolean ! Whether an invoice is past due
tax_ids ref:tax_id[] ! Their tax numbers
tax_exempt enum:none|exempt|reverse !<~ How tax applies to them
preferred_languages string[] <~ In order of preference

= instrument ins_ crul attach,detach
An instrument is something to pay with: a card, a bank account, a wallet.
type enum:card|bank_account|direct_debit|wallet|voucher !< What it is
customer id:customer ? Whose it is
billing ref:contact !<~ The details behind it
card ref:card ? Set when the type is card
bank_account ref:bank_account ? Set when the type is bank_account or direct_debit
wallet ref:wallet ? Set when the type is wallet
fingerprint string ? The same for the same card or account, whoever brought it
reusable boolean ! Whether it may be used again

= mandate man_ rl revoke
A mandate is the payer's permission to collect without them being present.
instrument id:instrument ! What may be collected from
customer id:customer ! Who gave it
status enum:active|inactive|pending ! Whether it holds
type enum:single_use|recurring ! How often it may be used
accepted_at time ! When it was given
reference string ! The number the payer's bank knows it by
network_mandate url ? The document the payer signed

= dispute dsp_ rul close,submit
A dispute is a payer's claim, made to their bank, that a charge was not theirs or not right.
amount money ! How much is disputed
currency currency ! In which currency
charge id:charge ! What is disputed
payment id:payment ! The payment behind it
reason enum:fraudulent|duplicate|not_received|not_as_described|credit_not_processed|general ! What is claimed
status enum:needs_response|under_review|won|lost|warning ! Where it stands
evidence ref:dispute_evidence ~ What you have to say
evidence_due_by time ? Until when you may say it
balance_entries ref:balance_entry[] ! What it did to your balance
refundable boolean ! Whether a refund would end it

= balance_entry ent_ rl
A balance entry is one line of your account with us. It is never changed.
amount money ! The gross amount
fee money ! What we keep
net money ! What is left
currency currency ! In which currency
type enum:charge|refund|payout|transfer|dispute|adjustment|fee ! What caused it
source ref:entry_source ! The object that caused it
available_on date ! When it can be paid out
status enum:pending|available ! Whether it can be paid out
exchange_rate ref:exchange_rate ? The rate, where a currency was changed
fee_lines ref:fee_line[] ! What the fee is made of

= payout pto_ crul cancel,reverse
A payout moves money from your balance to your bank account.
amount money !< How much
currency currency !< In which currency
destination id:bank_destination !<~ Where it goes
status enum:pending|in_transit|paid|failed|cancelled ! Where it stands
method enum:standard|instant !< How fast
arrives_on date ! When your bank should have it
automatic boolean ! Whether our schedule made it
failure ref:failure ? Why it failed
balance_entry id:balance_entry ? Its effect on your balance
statement_text string ?< What your bank shows

= bank_destination bnk_ crudl verify
A bank account of yours that payouts go to.
country country !< Where the bank is
currency currency !< What the account is kept in
holder string !<~ Whose account it is
bank_name string ? The bank's name
last4 string ! The last four digits
status enum:new|verified|errored ! Whether payouts can go there
default boolean !~ Whether payouts go there unless told otherwise

= product prd_ crudl
A product is what you sell.
name string !<~ What it is called on invoices
description text ?<~ A sentence about it
active boolean !<~ Whether it may be sold
images url[] <~ Up to eight pictures
default_price id:price ?~ What it costs unless told otherwise
unit_label string ?<~ What one of it is called
tax_code string ?<~ What it is for the tax office
url url ?<~ Where it is shown

= price prc_ crul
A price is what one unit of a product costs, once or again and again.
product id:product !< What it is the price of
currency currency !< In which currency
unit_amount money ?< For one unit; null where tiers decide
tiers ref:price_tier[] < The tiers, lowest first
recurrence ref:recurrence ?< How often it is billed; null for once
tax_behaviour enum:inclusive|exclusive|unspecified !<~ Whether tax is in it
active boolean !<~ Whether it may be used
nickname string ?<~ For your eyes only

= subscription sub_ crul pause,resume,cancel
A subscription bills a customer again and again.
customer id:customer !< Who is billed
status enum:trialing|active|past_due|paused|cancelled|unpaid ! Where it stands
items ref:subscription_item[] !<~ What is billed
currency currency ! In which currency
current_period ref:period ! What is being paid for now
trial ref:period ?< The time before the first bill
latest_invoice id:invoice ? The last bill
default_instrument id:instrument ?<~ What is charged
discount ref:discount ? What is taken off
cancel_at time ?<~ When it will end
cancelled_at time ? When somebody ended it
collection enum:automatic|send_invoice !<~ Whether we charge or you send a bill
days_until_due integer ?<~ For bills that are sent

= subscription_item sit_ crudl
One line of a subscription.
subscription id:subscription !< The subscription it belongs to
price id:price !<~ What one unit costs
quantity integer !<~ How many
tax_rates ref:tax_rate[] ! What tax is added

= invoice inv_ crudl finalise,send,pay,void
An invoice says what a customer owes and for what.
number string ? The number, given when it is final
customer id:customer !< Who owes
subscription id:subscription ?< What it bills
payment id:payment ? What settles it
status enum:draft|open|paid|void|uncollectible ! Where it stands
currency currency !< In which currency
lines ref:invoice_line[] ! What is owed for
subtotal money ! Before discount and tax
tax money ! The tax
total money ! What is owed
amount_paid money ! What was paid
amount_due money ! What is left
due_on date ?<~ When it is due
period ref:period ! What it covers
discounts ref:discount[] ! What was taken off
hosted_url url ? Where the customer can pay it
pdf_url url ? The document
attempts integer ! How often we tried to collect
next_attempt_at time ? When we try again

= invoice_line lin_ crudl
One line of an invoice.
invoice id:invoice !< Where it stands
amount money !< What it costs
currency currency ! In which currency
description text ?<~ What it is for
price id:price ?< What it was counted by
quantity integer ?<~ How many
period ref:period !< What it covers
proration boolean ! Whether it is part of a period
tax_amounts ref:tax_amount[] ! The tax on it

= coupon cpn_ crudl
A coupon takes something off.
name string ?<~ What customers see
amount_off money ?< A fixed amount
percent_off integer ?< A share, 1 to 100
currency currency ?< For a fixed amount
duration enum:once|repeating|forever !< For how long
valid boolean ! Whether it can still be redeemed
redeem_by time ?< Until when
times_redeemed integer ! How often it was

= tax_rate txr_ crul
A rate of tax you apply.
display_name string !<~ What customers see
percentage integer !< In hundredths of a percent
inclusive boolean !< Whether it is in the price
country country ?< Where it applies
state string ?< In which part of the country
active boolean !<~ Whether it may be used

= transfer trf_ crul reverse
A transfer moves money to a partner's account.
amount money !< How much
currency currency !< In which currency
destination id:partner !< Whose it becomes
source_charge id:charge ?< The charge it comes from
reversed boolean ! Whether all of it came back
transfer_group string ?< Ties it to payments
balance_entry id:balance_entry ! Its effect on your balance

= partner prt_ crudl reject,restrict
A partner is a seller on your platform.
name string ?<~ What they are called
email email ?<~ Where to write to them
country country !< Where they do business
business enum:individual|company|non_profit !<~ What they are
charges_enabled boolean ! Whether they can be paid
payouts_enabled boolean ! Whether they can be paid out
requirements ref:requirements ! What we still need to know
representatives ref:representative[] ! Who speaks for them
settings ref:partner_settings ~ How they want to be treated

= representative rep_ crudl
A person who speaks for a partner.
partner id:partner !< For whom
first_name string ?<~ Their first name
last_name string ?<~ Their last name
email email ?<~ Where to write to them
address ref:address ?<~ Where they live
owner boolean !<~ Whether they own a share
share integer ?<~ How much of it, in percent
verified boolean ! Whether we know who they are

= checkout cko_ crl expire
A checkout is a page of ours where your customer pays.
customer id:customer ?< Who pays
payment id:payment ? What it led to
subscription id:subscription ? What it started
lines ref:checkout_line[] !< What is bought
mode enum:payment|setup|subscription !< What it is for
status enum:open|complete|expired ! Where it stands
success_url url !< Where the customer goes afterwards
cancel_url url ?< Where they go when they change their mind
url url ? The page
expires_at time !< Until when it can be used
amount_total money ? What is to be paid

= payment_link lnk_ crul
A link to a checkout that can be used many times.
active boolean !~ Whether it can be used
lines ref:checkout_line[] !< What is bought
url url ! The link
after ref:after_completion !<~ What happens afterwards

= report rpt_ crl
A report is a file of rows we count for you.
type enum:balance|payouts|activity|tax !< What it counts
interval ref:period !< For which time
status enum:pending|succeeded|failed ! Whether it is ready
file id:file ? The rows
error text ? Why there are none

= file fil_ crl
A file you gave us or we made for you.
purpose enum:dispute_evidence|identity|report !< What it is for
filename string ?< What it is called
size integer ! In bytes
type string ? What is in it
url url ? Where it can be read for an hour
expires_at time ? When it is deleted

= hook_endpoint whk_ crudl
Where we tell you what happened.
url url !<~ Where to
events string[] !<~ What about
status enum:enabled|disabled ! Whether we do
secret string ? To check our signature with; shown once
description text ?<~ For your eyes only

= event evt_ rl
An event says that something happened. Events are kept for 30 days.
type string ! What happened, as `payment.succeeded`
data ref:event_data ! The object as it was then
request string ? Which request of yours caused it
pending_hooks integer ! How many endpoints have not taken it yet

= review rvw_ rl approve
A payment somebody should look at.
payment id:payment ! Which one
open boolean ! Whether nobody did yet
opened_reason enum:rule|manual ! Why it was opened
closed_reason enum:approved|refunded|disputed ? How it ended
session ref:session ? What we know of the payer's device

. address
line1 string ? Street and number
line2 string ? Flat, floor, department
city string ? Town
postal_code string ? As the country writes it
state string ? State, province or county
country country ? Two letters

. contact
name string ? Full name
email email ? Where to write to
phone string ? In international notation
address ref:address ? Where they are

. shipping
contact ref:contact ! Who receives it
carrier string ? Who brings it
tracking_number string ? The carrier's number

. card
brand enum:visa|mastercard|amex|discover|jcb|unionpay|unknown ! Whose scheme
country country ? Where it was issued
exp_month integer ! 1 to 12
exp_year integer ! Four digits
funding enum:credit|debit|prepaid|unknown ! How it is funded
last4 string ! The last four digits
checks ref:card_checks ! What the issuer checked
networks string[] ! Over which it can go

. card_checks
address enum:pass|fail|unavailable|unchecked ? The street
postal_code enum:pass|fail|unavailable|unchecked ? The postal code
code enum:pass|fail|unavailable|unchecked ? The security code

. bank_account
country country ! Where the bank is
bank_name string ? Its name
last4 string ! The last four digits
holder string ? Whose account it is

. wallet
provider enum:apple|google|samsung|other ! Whose wallet
card ref:card ? The card in it

. instrument_details
type string ! Which of the following is set
card ref:card ? A card
bank_account ref:bank_account ? An account
wallet ref:wallet ? A wallet

. failure
code string ! For programs, as `card_declined`
message text ! For people
decline_code string ? What the issuer said
parameter string ? Which of your parameters it is about
payment id:payment ? The payment it is about
documentation_url url ? Where more is said of it

. next_action
type enum:redirect|display_code|await_transfer|use_sdk ! What it is
redirect_url url ? Where the payer is to be sent
code text ? What is to be shown to them
expires_at time ? Until when

. risk_assessment
level enum:normal|elevated|highest|unknown ! In a word
score integer ? 0 to 99
rule string ? The rule of yours that decided
review id:review ? Who looks at it

. charge_outcome
network_status enum:approved|declined|not_sent|reversed ! What the network did
reason string ? Why
seller_message text ! For you
risk ref:risk_assessment ! What we thought of it

. dispute_evidence
customer_communication id:file ? Letters and mails
receipt id:file ? The receipt
shipping_documentation id:file ? Proof of delivery
explanation text ? In your words

. exchange_rate
from currency ! From which currency
to currency ! To which
rate string ! As a decimal number

. fee_line
amount money ! How much
currency currency ! In which currency
type enum:processing|network|tax|partner ! What for
description text ? In words

. price_tier
up_to integer ? Up to how many units; null for the last tier
unit_amount money ? For each
flat_amount money ? For all of them

. recurrence
interval enum:day|week|month|year ! The unit
count integer ! How many of them
usage enum:licensed|metered ! How it is counted

. period
start time ! From
end time ! Until

. discount
coupon id:coupon ! What is taken off
customer id:customer ? For whom
start time ! From
end time ? Until

. tax_id
country country ? Which country's
type string ! Which kind
value string ! The number
verified boolean ! Whether the office knows it

. tax_amount
amount money ! How much
rate id:tax_rate ! By which rate
inclusive boolean ! Whether it is in the price

. requirements
due_by time ? Until when
currently_due string[] ! What we need now
eventually_due string[] ! What we will need
disabled_reason string ? Why something is switched off

. partner_settings
payout_schedule enum:manual|daily|weekly|monthly ! How often
statement_text string ? What payers' banks show
branding ref:branding ! How their pages look

. branding
logo id:file ? A picture
colour string ? As `#rrggbb`

. checkout_line
price id:price ! What it costs
quantity integer ! How many
adjustable boolean ! Whether the payer may change that

. after_completion
type enum:redirect|confirmation ! What it is
redirect_url url ? Where to
message text ? What is shown

. session
address string ? The network address
browser string ? Name and version
device string ? What kind
country country ? Where it seems to be
"""

CURRENCIES = """
aed afn all amd ars aud awg azn bam bbd bdt bgn bif bmd bnd bob brl bsd bwp byn bzd cad cdf chf clp cny cop crc cve czk
djf dkk dop dzd egp etb eur fjd gbp gel gip gmd gnf gtq gyd hkd hnl htg huf idr ils inr isk jmd jpy kes kgs khr kmf krw
kyd kzt lak lkr lrd lsl mad mdl mga mkd mmk mnt mop mur mvr mwk mxn myr mzn nad ngn nio nok npr nzd pab pen pgk php pkr
pln pyg qar ron rsd rub rwf sar sbd scr sek sgd shp sos srd szl thb tjs top try ttd twd tzs uah ugx usd uyu uzs vnd vuv
wst xaf xcd xof xpf yer zar zmw
"""
