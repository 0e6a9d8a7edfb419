"""A service in several files: a WSDL with two schema imports and an include, in circles and with one on another host."""

from __future__ import annotations

XSD = 'xmlns="http://www.w3.org/2001/XMLSchema" xmlns:t="urn:shop" targetNamespace="urn:shop"'

WSDL = b"""<definitions xmlns="http://schemas.xmlsoap.org/wsdl/" xmlns:t="urn:shop" xmlns:x="http://www.w3.org/2001/XMLSchema"
  targetNamespace="urn:shop">
  <!-- <import location="commented-out.wsdl"/> -->
  <types><x:schema targetNamespace="urn:shop">
    <x:include schemaLocation="types/orders.xsd"/>
    <x:import namespace="urn:money" schemaLocation="?xsd=money"/>
  </x:schema></types>
  <message name="Place"><part name="body" element="t:Place"/></message>
  <portType name="Shop"><operation name="Place"><input message="t:Place"/><output message="t:Place"/></operation></portType>
</definitions>"""

ORDERS = f"""<schema {XSD} xmlns:m="urn:money">
  <include schemaLocation="items.xsd"/>
  <import namespace="urn:money" schemaLocation="../shop?xsd=money"/>
  <element name="Place"><complexType><sequence>
    <element name="item" type="t:Item"/>
    <element name="total" type="m:Amount"/>
  </sequence></complexType></element>
</schema>""".encode()

ITEMS = f"""<schema {XSD}>
  <include schemaLocation="orders.xsd"/>
  <complexType name="Item"><sequence>
    <element name="sku" type="string"/>
  </sequence></complexType>
</schema>""".encode()

MONEY = b"""<schema xmlns="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:money">
  <simpleType name="Amount"><restriction base="decimal"/></simpleType>
</schema>"""

ORDER_PROTO = b"""syntax = "proto3";
package shop.v1;
import "google/protobuf/timestamp.proto";
import public "shop/v1/money.proto"; // import "shop/v1/none.proto";
message Order { Money total = 1; google.protobuf.Timestamp at = 2; }
service Shop { rpc Place(Order) returns (Order); }
"""

MONEY_PROTO = b"""syntax = "proto3";
package shop.v1;
import "shop/v1/order.proto";
message Money {
  int64 units = 1;
}
"""
