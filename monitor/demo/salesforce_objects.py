"""Describe answers of the stand-in org: objects of our own writing, with the keys that the real ones have."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

Described = dict[str, Any]
"""A whole describe answer, or one field of it, as it goes out as JSON: keys and values are Salesforce's to define."""

_FIELD: Described = {
    "aggregatable": True,
    "aiPredictionField": False,
    "autoNumber": False,
    "byteLength": 0,
    "calculated": False,
    "calculatedFormula": None,
    "cascadeDelete": False,
    "caseSensitive": False,
    "compoundFieldName": None,
    "controllerName": None,
    "createable": True,
    "custom": False,
    "defaultValue": None,
    "defaultValueFormula": None,
    "defaultedOnCreate": False,
    "dependentPicklist": False,
    "deprecatedAndHidden": False,
    "digits": 0,
    "displayLocationInDecimal": False,
    "encrypted": False,
    "externalId": False,
    "extraTypeInfo": None,
    "filterable": True,
    "filteredLookupInfo": None,
    "formulaTreatNullNumberAsZero": False,
    "groupable": True,
    "highScaleNumber": False,
    "htmlFormatted": False,
    "idLookup": False,
    "inlineHelpText": None,
    "label": "",
    "length": 0,
    "mask": None,
    "maskType": None,
    "name": "",
    "nameField": False,
    "namePointing": False,
    "nillable": True,
    "permissionable": True,
    "picklistValues": [],
    "polymorphicForeignKey": False,
    "precision": 0,
    "queryByDistance": False,
    "referenceTargetField": None,
    "referenceTo": [],
    "relationshipName": None,
    "relationshipOrder": None,
    "restrictedDelete": False,
    "restrictedPicklist": False,
    "scale": 0,
    "searchPrefilterable": False,
    "soapType": "xsd:string",
    "sortable": True,
    "type": "string",
    "unique": False,
    "updateable": True,
    "writeRequiresMasterRead": False,
}
"""The 57 keys of a field, with the values of an ordinary text field."""

_READ_ONLY: Described = {"createable": False, "updateable": False, "nillable": False, "permissionable": False}


def _field(name: str, label: str, **different: Any) -> Described:
    custom = name.endswith("__c")
    return {**_FIELD, "name": name, "label": label, "custom": custom, "picklistValues": [], "referenceTo": [], **different}


def _text(name: str, label: str, length: int, **different: Any) -> Described:
    return _field(name, label, length=length, byteLength=length * 3, **different)


def _id() -> Described:
    kind = {"type": "id", "soapType": "tns:ID", "length": 18, "byteLength": 18, "idLookup": True, "defaultedOnCreate": True}
    return _field("Id", "Record ID", **kind, **_READ_ONLY)


def _picklist(name: str, label: str, values: Sequence[str], **different: Any) -> Described:
    entries = [{"active": True, "defaultValue": False, "label": v, "validFor": None, "value": v} for v in values]
    return _text(name, label, 255, **{"type": "picklist", "picklistValues": entries, **different})


def _lookup(name: str, label: str, to: str, relation: str, **different: Any) -> Described:
    kind = {"type": "reference", "soapType": "tns:ID", "length": 18, "byteLength": 18}
    return _field(name, label, referenceTo=[to], relationshipName=relation, **{**kind, **different})


def _number(name: str, label: str, kind: str, precision: int, scale: int, **different: Any) -> Described:
    sizes = {"type": kind, "soapType": "xsd:double", "precision": precision, "scale": scale, "groupable": False}
    return _field(name, label, **{**sizes, **different})


def _flag(name: str, label: str, **different: Any) -> Described:
    kind = {"type": "boolean", "soapType": "xsd:boolean", "nillable": False, "defaultedOnCreate": True, "aggregatable": False}
    return _field(name, label, **{**kind, **different})


def _time(name: str, label: str, **different: Any) -> Described:
    return _field(name, label, **{"type": "datetime", "soapType": "xsd:dateTime", "groupable": False, **different})


def _stamps() -> list[Described]:
    stamp = {**_READ_ONLY, "defaultedOnCreate": True}
    return [
        _flag("IsDeleted", "Deleted", **_READ_ONLY),
        _lookup("OwnerId", "Owner ID", "User", "Owner", nillable=False, defaultedOnCreate=True, permissionable=False),
        _time("CreatedDate", "Created Date", **stamp),
        _lookup("CreatedById", "Created By ID", "User", "CreatedBy", **stamp),
        _time("LastModifiedDate", "Last Modified Date", **stamp),
        _lookup("LastModifiedById", "Last Modified By ID", "User", "LastModifiedBy", **stamp),
        _time("SystemModstamp", "System Modstamp", **stamp),
    ]


def _child(child: str, field: str, relation: str | None, *, cascade: bool = False) -> Described:
    return {
        "cascadeDelete": cascade,
        "childSObject": child,
        "deprecatedAndHidden": False,
        "field": field,
        "junctionIdListNames": [],
        "junctionReferenceTo": [],
        "relationshipName": relation,
        "restrictedDelete": False,
    }


def _object(name: str, label: str, plural: str, prefix: str, fields: list[Described], children: list[Described]) -> Described:
    able: tuple[str, ...] = (
        "compactLayoutable",
        "createable",
        "deletable",
        "layoutable",
        "mruEnabled",
        "queryable",
        "replicateable",
    )
    able += ("retrieveable", "searchLayoutable", "searchable", "triggerable", "undeletable", "updateable")
    unable = ("activateable", "customSetting", "deepCloneable", "deprecatedAndHidden", "hasSubtypes", "isInterface", "isSubtype")
    nothing: tuple[str, ...] = ("associateEntityType", "associateParentEntity", "defaultImplementation", "extendedBy")
    nothing += ("extendsInterfaces",)
    nothing += ("implementedBy", "implementsInterfaces", "listviewable", "lookupLayoutable", "networkScopeFieldName")
    return {
        **dict.fromkeys(able, True),
        **dict.fromkeys(unable, False),
        **dict.fromkeys(nothing, None),
        "actionOverrides": [],
        "childRelationships": children,
        "custom": name.endswith("__c"),
        "feedEnabled": True,
        "fields": fields,
        "keyPrefix": prefix,
        "label": label,
        "labelPlural": plural,
        "mergeable": name == "Account",
        "name": name,
        "namedLayoutInfos": [],
        "recordTypeInfos": [
            {
                "active": True,
                "available": True,
                "defaultRecordTypeMapping": True,
                "developerName": "Master",
                "master": True,
                "name": "Master",
                "recordTypeId": "012000000000000AAA",
                "urls": {},
            }
        ],
        "sobjectDescribeOption": "FULL",
        "supportedScopes": [
            {"label": f"All {plural.lower()}", "name": "everything"},
            {"label": f"My {plural.lower()}", "name": "mine"},
        ],
        "urls": {},
    }


def objects() -> dict[str, Described]:
    """The org's objects by name, fresh each time: callers change them. `urls` are filled in when they are served."""
    account = [
        _id(),
        _text("Name", "Account Name", 255, nameField=True, nillable=False, permissionable=False),
        _picklist("Type", "Account Type", ["Prospect", "Customer", "Partner", "Former customer"]),
        _lookup("ParentId", "Parent Account ID", "Account", "Parent"),
        _text("BillingStreet", "Billing Street", 255, type="textarea", groupable=True),
        _text("BillingCity", "Billing City", 40),
        _text("BillingPostalCode", "Billing Zip/Postal Code", 20),
        _text("BillingCountry", "Billing Country", 80),
        _text("Phone", "Account Phone", 40, type="phone"),
        _text("Website", "Website", 255, type="url"),
        _picklist(
            "Industry", "Industry", ["Banking", "Energy", "Healthcare", "Manufacturing", "Retail", "Technology", "Transport"]
        ),
        _number("AnnualRevenue", "Annual Revenue", "currency", 18, 0),
        _field("NumberOfEmployees", "Employees", type="int", soapType="xsd:int", digits=8),
        _picklist("Rating", "Account Rating", ["Hot", "Warm", "Cold"]),
        _text("VatNumber__c", "VAT Number", 20),
        _text("CustomerNumber__c", "Customer Number", 12, externalId=True, unique=True, idLookup=True),
        _picklist("Tier__c", "Tier", ["Gold", "Silver", "Bronze"], restrictedPicklist=True),
        _flag("DoNotInvoice__c", "Do Not Invoice", defaultValue=False),
        *_stamps(),
    ]
    opportunity = [
        _id(),
        _lookup("AccountId", "Account ID", "Account", "Account"),
        _text("Name", "Name", 120, nameField=True, nillable=False, permissionable=False),
        _text("Description", "Description", 32000, type="textarea", filterable=False, groupable=False, sortable=False),
        _picklist(
            "StageName",
            "Stage",
            ["Prospecting", "Qualification", "Proposal", "Negotiation", "Closed Won", "Closed Lost"],
            nillable=False,
        ),
        _number("Amount", "Amount", "currency", 18, 2),
        _number("Probability", "Probability (%)", "percent", 3, 0),
        _field("CloseDate", "Close Date", type="date", soapType="xsd:date", nillable=False),
        _picklist("LeadSource", "Lead Source", ["Web", "Phone", "Partner", "Event", "Other"]),
        _flag("IsClosed", "Closed", createable=False, updateable=False),
        _flag("IsWon", "Won", createable=False, updateable=False),
        _text("ContractNumber__c", "Contract Number", 80),
        _picklist("Currency__c", "Currency", ["EUR", "USD", "GBP", "CHF"], restrictedPicklist=True),
        *_stamps(),
    ]
    invoice = [
        _id(),
        _text("Name", "Invoice Number", 80, nameField=True, autoNumber=True, createable=False, updateable=False, nillable=False),
        _lookup("Account__c", "Account", "Account", "Account__r", nillable=False),
        _lookup("Opportunity__c", "Opportunity", "Opportunity", "Opportunity__r"),
        _picklist("Status__c", "Status", ["Draft", "Sent", "Paid", "Overdue", "Cancelled"], restrictedPicklist=True),
        _number("Net__c", "Net Amount", "currency", 16, 2, nillable=False),
        _number("Tax__c", "Tax", "currency", 16, 2),
        _number(
            "Total__c",
            "Total",
            "currency",
            18,
            2,
            calculated=True,
            calculatedFormula="Net__c + Tax__c",
            createable=False,
            updateable=False,
        ),
        _field("DueDate__c", "Due Date", type="date", soapType="xsd:date"),
        _text("PaymentReference__c", "Payment Reference", 140, externalId=True),
        _text("Notes__c", "Notes", 4000, type="textarea", filterable=False, groupable=False, sortable=False),
        *_stamps(),
    ]
    return {
        "Account": _object(
            "Account",
            "Account",
            "Accounts",
            "001",
            account,
            [
                _child("Account", "ParentId", "ChildAccounts"),
                _child("Contact", "AccountId", "Contacts"),
                _child("Opportunity", "AccountId", "Opportunities", cascade=True),
                _child("Invoice__c", "Account__c", "Invoices__r"),
            ],
        ),
        "Opportunity": _object(
            "Opportunity",
            "Opportunity",
            "Opportunities",
            "006",
            opportunity,
            [
                _child("OpportunityLineItem", "OpportunityId", "OpportunityLineItems", cascade=True),
                _child("Invoice__c", "Opportunity__c", "Invoices__r"),
            ],
        ),
        "Invoice__c": _object(
            "Invoice__c", "Invoice", "Invoices", "a01", invoice, [_child("InvoiceHistory", "ParentId", "Histories", cascade=True)]
        ),
    }
