"""Calls a running system as its users would, from clients that know nothing of Patron: Python grpcio with stubs made by protoc, grpc-requests
and `buf curl` by reflection alone, and the Python of README.md as it is pasted. Each check is a function; the first failure ends with status 1.

    stock_clients.py --data DATA --buf BUF --proto PROTO      DATA is the data folder of `patron up`
"""
import argparse
import concurrent.futures
import json
import pathlib
import re
import subprocess
import sys
import tempfile
import uuid

import grpc

arguments = argparse.ArgumentParser()
arguments.add_argument("--data", required=True)
arguments.add_argument("--buf", required=True)
arguments.add_argument("--proto", required=True)
arguments = arguments.parse_args()

data = pathlib.Path(arguments.data)
addresses = json.loads((data / "addresses.json").read_text())
key = (data / "bootstrap-key").read_text().strip()
gateway = addresses["gateway"]["rpc"]
authorized = (("authorization", f"Bearer {key}"),)

stubs = tempfile.TemporaryDirectory()
proto = pathlib.Path(arguments.proto)
subprocess.run(
    [sys.executable, "-m", "grpc_tools.protoc", "-I.", f"--python_out={stubs.name}", f"--grpc_python_out={stubs.name}",
     *[str(path.relative_to(proto)) for path in proto.glob("patron/**/*.proto")]],
    cwd=proto, check=True)
sys.path.insert(0, stubs.name)
from patron.campaign.v1 import campaign_pb2, campaign_service_pb2, campaign_service_pb2_grpc  # noqa: E402
from patron.gateway.v1 import gateway_pb2, gateway_service_pb2, gateway_service_pb2_grpc  # noqa: E402
from patron.identity.v1 import identity_service_pb2, identity_service_pb2_grpc  # noqa: E402
from patron.inventory.v1 import inventory_pb2, inventory_service_pb2, inventory_service_pb2_grpc  # noqa: E402
from patron.type.v1 import type_pb2  # noqa: E402

channel = grpc.insecure_channel(gateway)
till = gateway_service_pb2_grpc.PointOfSaleServiceStub(channel)
identity = identity_service_pb2_grpc.IdentityServiceStub(channel)
inventory = inventory_service_pb2_grpc.InventoryServiceStub(channel)


def usd(cents):
    return type_pb2.Money(currency_code="USD", minor_units=cents)


def expect_error(code, reason, call, *args, **kwargs):
    """The call fails with the code, and with the reason in its ErrorInfo."""
    try:
        call(*args, **kwargs)
    except grpc.RpcError as error:
        assert error.code() == code, f"{error.code()} instead of {code}: {error.details()}"
        details = dict(error.trailing_metadata()).get("grpc-status-details-bin", b"")
        assert reason.encode() in details, f"{reason} is not in the status details: {details!r} ({error.details()})"
        return
    raise AssertionError(f"{code} {reason} was expected, and the call succeeded")


def sell_with_grpcio():
    """A product, a store, a member, a quote, a checkout, its replay, a return."""
    mark = uuid.uuid4().hex[:10]
    inventory.ImportStores(
        inventory_service_pb2.ImportStoresRequest(request_id=f"s-{mark}", stores=[inventory_pb2.Store(
            code=f"py-{mark}", name="Python's", time_zone="America/New_York", currency_code="USD")]), metadata=authorized, timeout=10)
    inventory.ImportProducts(
        inventory_service_pb2.ImportProductsRequest(request_id=f"p-{mark}", products=[
            inventory_pb2.Product(sku=f"tea-{mark}", name="Tea", department="GROCERY", brand="National", category="TEA", price=usd(450)),
            inventory_pb2.Product(sku=f"milk-{mark}", name="Milk", department="DAIRY", brand="Private", category="MILK", price=usd(199))]),
        metadata=authorized, timeout=10)
    member = identity.EnrolMember(
        identity_service_pb2.EnrolMemberRequest(request_id=f"m-{mark}", name="Zoë 会员", external_id=f"py-{mark}"),
        metadata=authorized, timeout=10)
    basket = gateway_pb2.Basket(
        store_code=f"py-{mark}", member=gateway_pb2.MemberKey(card_code=member.card_code), till_id="1", lines=[
            gateway_pb2.BasketLine(sku=f"tea-{mark}", quantity=2, list_amount=usd(900)),
            gateway_pb2.BasketLine(sku=f"milk-{mark}", quantity=1, list_amount=usd(199), till_discounts=[
                type_pb2.TillDiscount(kind=type_pb2.TILL_DISCOUNT_KIND_LOYALTY, amount=usd(50))])])
    quote = till.Quote(gateway_service_pb2.QuoteRequest(basket=basket), metadata=authorized, timeout=10).quote
    due = quote.totals.amount_due.minor_units
    assert due <= 1049 and quote.quote_token
    request = gateway_service_pb2.CheckoutRequest(
        request_id=f"c-{mark}", basket=basket, quote_token=quote.quote_token,
        tenders=[type_pb2.Tender(kind=type_pb2.TENDER_KIND_CASH, amount=usd(due), tendered=usd(2000))])

    # Fifty times at once: one order, and the same bytes each time.
    raw = channel.unary_unary("/patron.gateway.v1.PointOfSaleService/Checkout")
    with concurrent.futures.ThreadPoolExecutor(50) as pool:
        replies = list(pool.map(lambda _: raw(request.SerializeToString(), metadata=authorized, timeout=30), range(50)))
    assert len(set(replies)) == 1, "replays differ"
    receipt = gateway_service_pb2.CheckoutResponse.FromString(replies[0]).receipt
    assert receipt.order.state == inventory_pb2.ORDER_STATE_COMPLETED
    assert receipt.change.minor_units == 2000 - due
    assert receipt.order.points_earned == due // 100
    orders = till.ListOrders(gateway_service_pb2.ListOrdersRequest(member_id=member.member_id), metadata=authorized, timeout=10).orders
    assert len(orders) == 1

    changed = gateway_service_pb2.CheckoutRequest()
    changed.CopyFrom(request)
    changed.basket.till_id = "2"
    expect_error(grpc.StatusCode.ALREADY_EXISTS, "REQUEST_ID_REUSED", till.Checkout, changed, metadata=authorized, timeout=10)
    changed.request_id = f"d-{mark}"
    expect_error(grpc.StatusCode.FAILED_PRECONDITION, "QUOTE_", till.Checkout, changed, metadata=authorized, timeout=10)

    returned = till.Return(
        gateway_service_pb2.ReturnRequest(request_id=f"r-{mark}", order_id=receipt.order.order_id, reason="broken"),
        metadata=authorized, timeout=10).order_return
    assert returned.refund_amount.minor_units == due and returned.whole_order_returned
    expect_error(grpc.StatusCode.FAILED_PRECONDITION, "RETURN_EXCEEDS_SOLD", till.Return,
                 gateway_service_pb2.ReturnRequest(request_id=f"q-{mark}", order_id=receipt.order.order_id, reason="again", lines=[
                     gateway_service_pb2.ReturnLine(line_number=1, quantity=1)]), metadata=authorized, timeout=10)


def refusals_by_grpcio():
    basket = gateway_pb2.Basket(store_code="no-such-store", lines=[gateway_pb2.BasketLine(sku="x", quantity=1, list_amount=usd(1))])
    expect_error(grpc.StatusCode.UNAUTHENTICATED, "API_KEY_MISSING", till.Quote, gateway_service_pb2.QuoteRequest(basket=basket), timeout=10)
    expect_error(grpc.StatusCode.UNAUTHENTICATED, "API_KEY_UNKNOWN", till.Quote, gateway_service_pb2.QuoteRequest(basket=basket),
                 metadata=(("authorization", "Bearer pk_wrong"),), timeout=10)
    expect_error(grpc.StatusCode.NOT_FOUND, "STORE_", till.Quote, gateway_service_pb2.QuoteRequest(basket=basket),
                 metadata=authorized, timeout=10)
    try:
        channel.unary_unary("/patron.gateway.v1.PointOfSaleService/NoSuchMethod")(b"", metadata=authorized, timeout=5)
        raise AssertionError("an unknown method answered")
    except grpc.RpcError as error:
        assert error.code() == grpc.StatusCode.UNIMPLEMENTED, error
    # The saga's own RPCs are not for callers from outside.
    try:
        channel.unary_unary("/patron.loyalty.v1.LoyaltyHoldService/Commit")(b"", metadata=authorized, timeout=5)
        raise AssertionError("a saga RPC is reachable from outside")
    except grpc.RpcError as error:
        assert error.code() in (grpc.StatusCode.UNIMPLEMENTED, grpc.StatusCode.PERMISSION_DENIED), error
    too_large = bytes(5 * 1024 * 1024)
    try:
        channel.unary_unary("/patron.gateway.v1.PointOfSaleService/Quote")(too_large, metadata=authorized, timeout=10)
        raise AssertionError("a message over the limit was taken")
    except grpc.RpcError as error:
        assert error.code() == grpc.StatusCode.RESOURCE_EXHAUSTED, error


def deadline_by_grpcio():
    """A deadline that has no room ends with DEADLINE_EXCEEDED and leaves the connection usable."""
    for _ in range(20):
        try:
            till.ListOrders(gateway_service_pb2.ListOrdersRequest(), metadata=authorized, timeout=0.000001)
        except grpc.RpcError as error:
            assert error.code() == grpc.StatusCode.DEADLINE_EXCEEDED, error
    till.ListOrders(gateway_service_pb2.ListOrdersRequest(page_size=1), metadata=authorized, timeout=10)


def services_believe_only_the_gateway():
    with grpc.insecure_channel(addresses["loyalty"]["rpc"]) as direct:
        try:
            direct.unary_unary("/patron.loyalty.v1.LoyaltyService/GetProgram")(b"", metadata=authorized, timeout=5)
            raise AssertionError("loyalty believed an unsigned caller")
        except grpc.RpcError as error:
            assert error.code() == grpc.StatusCode.UNAUTHENTICATED, error


def grpc_requests_by_reflection():
    from grpc_requests import Client

    client = Client(gateway)
    assert "patron.gateway.v1.PointOfSaleService" in client.service_names
    reply = client.request("patron.loyalty.v1.LoyaltyService", "GetProgram", {}, metadata=list(authorized))
    assert int(reply["earn_rule"]["version"]) >= 1, reply


def buf_curl_by_reflection():
    for method, body in (("patron.loyalty.v1.LoyaltyService/GetProgram", "{}"), ("patron.gateway.v1.PointOfSaleService/ListOrders", '{"pageSize": 1}')):
        done = subprocess.run(
            [arguments.buf, "curl", "--protocol", "grpc", "--http2-prior-knowledge", "-H", f"authorization: Bearer {key}", "-d", body,
             f"http://{gateway}/{method}"], capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
        json.loads(done.stdout)


def readme_as_pasted():
    """The first Python block of README.md, with the addresses of this run."""
    readme = pathlib.Path(__file__).resolve().parents[2].joinpath("README.md").read_text()
    block = re.search(r"```python\n(.*?)```", readme, re.S).group(1)
    code = block.replace("127.0.0.1:5150", gateway).replace('"data/', f'"{data}/')
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip(), "it printed nothing"


passed = 0
for check in (sell_with_grpcio, refusals_by_grpcio, deadline_by_grpcio, services_believe_only_the_gateway,
              grpc_requests_by_reflection, buf_curl_by_reflection, readme_as_pasted):
    try:
        check()
    except Exception as error:  # noqa: BLE001 - every failure is reported the same way
        print(f"FAILED {check.__name__}: {error!r}")
        sys.exit(1)
    passed += 1
    print(f"ok {check.__name__}")
print(f"{passed} passed, 0 failed")
