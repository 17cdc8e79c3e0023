import Testing

@testable import PatronCLI

@Suite struct MetricsPageTests {
  @Test func `calls are summed over methods and codes, and monitors' own are left out`() {
    let page = MetricsPage(
      """
      HTTP/1.1 200 OK\r
      content-type: text/plain\r
      \r
      # TYPE rpc_server_calls_total counter
      rpc_server_calls_total{method="/patron.loyalty.v1.LoyaltyService/GetBalance",code="OK"} 12
      rpc_server_calls_total{method="/patron.loyalty.v1.LoyaltyService/GetBalance",code="NOT_FOUND"} 3
      rpc_server_calls_total{method="/grpc.health.v1.Health/Check",code="OK"} 400
      # TYPE patron_build_info gauge
      patron_build_info{version="1.2.3"} 1
      """)
    #expect(page.servedCalls == 15)
    #expect(page.version == "1.2.3")
    #expect(MetricsPage("").servedCalls == 0)
    #expect(MetricsPage("").version == nil)
  }

  @Test func `a port that nobody listens on gives no page`() async {
    #expect(await MetricsPage.read(at: "127.0.0.1:1") == nil)
    #expect(await MetricsPage.read(at: "nonsense") == nil)
  }
}
