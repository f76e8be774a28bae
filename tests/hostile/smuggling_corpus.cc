// One table, and therefore longer than other files: what is missing shows best in one piece.
#include "tests/hostile/smuggling_corpus.h"

namespace oncegate::hostile {
namespace {

using std::string_literals::operator""s;

const std::string kPost = "POST /v1/streams/orders/events HTTP/1.1\r\n";
const std::string kType = "Content-Type: application/json\r\n";
const std::string kHost = "Host: a\r\n";
const std::string kChunked = "Transfer-Encoding: chunked\r\n";

std::string Record(const std::string& producer) {
  return R"({"producer":")" + producer + R"(","seq":0,"value":1})";
}

std::string Length(std::size_t bytes) {
  return "Content-Length: " + std::to_string(bytes) + "\r\n";
}

/// A whole POST of one event.
std::string Ordinary() {
  const std::string body = Record(kSmuggled);
  return kPost + kHost + kType + Length(body.size()) + "\r\n" + body;
}

/// The event of the request itself, as a body and in chunks.
const std::string kBody = Record(kCarried);

std::string Hex(std::size_t number) {
  static constexpr char kDigits[] = "0123456789abcdef";
  return {kDigits[number / 16], kDigits[number % 16]};
}

const std::string kLength = Length(kBody.size());
const std::string kChunk = Hex(kBody.size()) + "\r\n" + kBody + "\r\n";
const std::string kChunks = kChunk + "0\r\n\r\n";

BadRequest Bad(const std::string& name, const std::string& request, int status,
               std::string_view code) {
  return {name, request + Ordinary(), status, code};
}

/// With these header lines besides Host and type.
BadRequest BadPost(const std::string& name, const std::string& headers, const std::string& body,
                   int status, std::string_view code) {
  return Bad(name, kPost + kHost + kType + headers + "\r\n" + body, status, code);
}

BadRequest BadTransfer(const std::string& name, const std::string& headers, int status = 400,
                       std::string_view code = "invalid_transfer_encoding") {
  return BadPost(name, headers, kChunks, status, code);
}

BadRequest BadLength(const std::string& name, const std::string& headers, int status = 400,
                     std::string_view code = "invalid_content_length") {
  return BadPost(name, headers, kBody, status, code);
}

BadRequest BadChunks(const std::string& name, const std::string& body, int status = 400,
                     std::string_view code = "malformed_chunk") {
  return BadPost(name, kChunked, body, status, code);
}

/// A header line that makes the whole request malformed, in front of a sound framing.
BadRequest BadLine(const std::string& name, const std::string& line) {
  return BadPost(name, line + kLength, kBody, 400, "malformed_request");
}

BadRequest BadHost(const std::string& name, const std::string& lines) {
  return Bad(name, kPost + lines + kType + kLength + "\r\n" + kBody, 400, "invalid_host");
}

/// A request line in place of the usual one.
BadRequest BadStart(const std::string& name, const std::string& line, int status = 400,
                    std::string_view code = "malformed_request") {
  return Bad(name, line + kHost + kType + kLength + "\r\n" + kBody, status, code);
}

std::vector<BadRequest> TransferCases() {
  return {
      BadPost("length and chunked, the length counts", kLength + kChunked, kBody, 400,
              "ambiguous_length"),
      BadPost("length and chunked, the chunks count", Length(4) + kChunked, kChunks, 400,
              "ambiguous_length"),
      BadPost("chunked and length", kChunked + Length(0), kChunks, 400, "ambiguous_length"),
      BadTransfer("a list that ends in chunked", "Transfer-Encoding: gzip, chunked\r\n"),
      BadTransfer("a list that begins with chunked", "Transfer-Encoding: chunked, identity\r\n"),
      BadTransfer("chunked twice in a list", "Transfer-Encoding: chunked, chunked\r\n"),
      BadTransfer("chunked twice", kChunked + kChunked),
      BadTransfer("chunked and another coding", kChunked + "Transfer-Encoding: identity\r\n"),
      BadTransfer("an empty coding", "Transfer-Encoding: \r\n"),
      BadTransfer("chunked with a parameter", "Transfer-Encoding: chunked;q=1\r\n"),
      BadTransfer("chunked in quotes", "Transfer-Encoding: \"chunked\"\r\n"),
      BadTransfer("chunked behind a comma", "Transfer-Encoding: ,chunked\r\n"),
      BadTransfer("xchunked", "Transfer-Encoding: xchunked\r\n", 501,
                  "transfer_encoding_not_implemented"),
      BadTransfer("identity", "Transfer-Encoding: identity\r\n", 501,
                  "transfer_encoding_not_implemented"),
      BadTransfer("gzip", "Transfer-Encoding: gzip\r\n", 501, "transfer_encoding_not_implemented"),
      BadTransfer("chunked behind a space before the colon", "Transfer-Encoding : chunked\r\n", 400,
                  "malformed_request"),
      BadTransfer("chunked behind a tab before the colon", "Transfer-Encoding\t: chunked\r\n", 400,
                  "malformed_request"),
      BadTransfer("chunked behind a vertical tab", "Transfer-Encoding: \vchunked\r\n", 400,
                  "malformed_request"),
      BadTransfer("chunked before a NUL", "Transfer-Encoding: chunked\0\r\n"s, 400,
                  "malformed_request"),
      BadTransfer("chunked on a folded line", "Transfer-Encoding:\r\n chunked\r\n", 400,
                  "malformed_request"),
      BadTransfer("chunked behind a bare LF", "X: a\nTransfer-Encoding: chunked\r\n", 400,
                  "malformed_request"),
      BadTransfer("chunked behind a bare CR", Length(0) + "X: a\rTransfer-Encoding: chunked\r\n",
                  400, "malformed_request"),
      BadTransfer("chunked with an underscore", "Transfer_Encoding: chunked\r\n", 411,
                  "length_required"),
      Bad("chunked in HTTP/1.0",
          "POST /v1/streams/orders/events HTTP/1.0\r\n" + kHost + kType + kChunked + "\r\n" +
              kChunks,
          400, "invalid_transfer_encoding"),
      Bad("chunked in a GET with a length",
          "GET /v1/version HTTP/1.1\r\n" + kHost + kChunked + Length(5) + "\r\n0\r\n\r\n", 400,
          "ambiguous_length"),
  };
}

std::vector<BadRequest> LengthCases() {
  return {
      BadLength("two lengths", Length(0) + kLength),
      BadLength("the same length twice", kLength + kLength),
      BadLength("a list of lengths", "Content-Length: 5, 5\r\n"),
      BadLength("a negative length", "Content-Length: -1\r\n"),
      BadLength("a length with a plus", "Content-Length: +5\r\n"),
      BadLength("a hexadecimal length", "Content-Length: 0x5\r\n"),
      BadLength("a length with a fraction", "Content-Length: 5.0\r\n"),
      BadLength("a length with an exponent", "Content-Length: 5e0\r\n"),
      BadLength("a length with a space in it", "Content-Length: 1 0\r\n"),
      BadLength("a length in quotes", "Content-Length: \"5\"\r\n"),
      BadLength("an empty length", "Content-Length:\r\n"),
      BadLength("a length in wide digits", "Content-Length: \xef\xbc\x95\r\n"),
      BadLength("a length beyond 64 bits", "Content-Length: 18446744073709551620\r\n", 413,
                "body_too_large"),
      BadLength("a length behind a space before the colon", "Content-Length : 5\r\n", 400,
                "malformed_request"),
      BadLength("a length on a folded line", "Content-Length:\r\n 5\r\n", 400, "malformed_request"),
      BadLength("a folded second length", "Content-Length: 5\r\n\t5\r\n", 400, "malformed_request"),
      BadLength("a length behind a bare LF", "X: a\nContent-Length: 5\r\n", 400,
                "malformed_request"),
      BadLength("a length with an underscore", "Content_Length: 5\r\n", 411, "length_required"),
      BadLength("no length", "", 411, "length_required"),
  };
}

std::vector<BadRequest> ChunkSizeCases() {
  return {
      BadChunks("a negative chunk size", "-1\r\n" + kChunks),
      BadChunks("a chunk size with a plus", "+" + kChunks),
      BadChunks("a chunk size with 0x", "0x" + kChunks),
      BadChunks("a chunk size behind a space", " " + kChunks),
      BadChunks("a chunk size before a space",
                Hex(kBody.size()) + " \r\n" + kBody + "\r\n0\r\n\r\n"),
      BadChunks("a chunk size behind a tab", "\t" + kChunks),
      BadChunks("an empty chunk size", "\r\n" + kChunks),
      BadChunks("a chunk size that is no number", "five\r\nhello\r\n0\r\n\r\n"),
      BadChunks("a chunk size in wide digits", "\xef\xbc\x95\r\nhello\r\n0\r\n\r\n"),
      BadChunks("a chunk size of 17 digits", "000000000000000" + kChunks),
      BadChunks("a chunk size that wraps to 5", "10000000000000005\r\nhello\r\n0\r\n\r\n"),
      BadChunks("a chunk size of 64 bits", "ffffffffffffffff\r\nhello\r\n0\r\n\r\n", 413,
                "body_too_large"),
      BadChunks("a chunk size with an underscore", "0_5\r\nhello\r\n0\r\n\r\n"),
      BadChunks("a chunk size with a fraction", "5.0\r\nhello\r\n0\r\n\r\n"),
      BadChunks("a chunk size before a NUL", "5\0\r\nhello\r\n0\r\n\r\n"s),
      BadChunks("a chunk size that ends in LF", Hex(kBody.size()) + "\n" + kBody + "\r\n0\r\n\r\n"),
      BadChunks("a chunk size that ends in CR", Hex(kBody.size()) + "\r" + kBody + "\r\n0\r\n\r\n"),
      BadChunks("a chunk size that ends in CR CR LF",
                Hex(kBody.size()) + "\r\r\n" + kBody + "\r\n0\r\n\r\n"),
  };
}

std::vector<BadRequest> ChunkCases() {
  const std::string size = Hex(kBody.size());
  std::string many_extensions;
  for (int i = 0; i < 40; ++i) many_extensions += "1;" + std::string(1000, 'e') + "\r\n \r\n";
  return {
      BadChunks("a chunk without its CRLF", size + "\r\n" + kBody + "0\r\n\r\n"),
      BadChunks("a chunk that ends in LF", size + "\r\n" + kBody + "\n0\r\n\r\n"),
      BadChunks("a chunk longer than its size", "3\r\nabcd\r\n0\r\n\r\n"),
      BadChunks("a chunk shorter than its size", "7\r\nabc\r\n0\r\n\r\n"),
      BadChunks("a last chunk that ends in LF", kChunk + "0\n\r\n"),
      BadChunks("an extension behind a space", size + " ;a=b\r\n" + kBody + "\r\n0\r\n\r\n"),
      BadChunks("an extension without a name", size + ";=b\r\n" + kBody + "\r\n0\r\n\r\n"),
      BadChunks("an extension without a value", size + ";a=\r\n" + kBody + "\r\n0\r\n\r\n"),
      BadChunks("an extension with an open quote", size + ";a=\"\r\n" + kBody + "\r\n0\r\n\r\n"),
      BadChunks("an extension that hides a line end",
                size + ";a=\"\n\"\r\n" + kBody + "\r\n0\r\n\r\n"),
      BadChunks("an extension with a bare CR", size + ";a\rb\r\n" + kBody + "\r\n0\r\n\r\n"),
      BadChunks("an extension with a NUL", size + ";a\0\r\n"s + kBody + "\r\n0\r\n\r\n"),
      BadChunks("an extension of 5 KB",
                size + ";" + std::string(5000, 'e') + "\r\n" + kBody + "\r\n0\r\n\r\n"),
      BadChunks("extensions of 40 KB together", many_extensions + "0\r\n\r\n"),
      BadChunks("no empty line behind the last chunk", kChunk + "0\r\n", 400, "malformed_request"),
      BadChunks("a trailer without a colon", kChunk + "0\r\ntrailer\r\n\r\n", 400,
                "malformed_request"),
      BadChunks("a folded trailer", kChunk + "0\r\nX: a\r\n b\r\n\r\n", 400, "malformed_request"),
      BadChunks("a trailer with a space before the colon", kChunk + "0\r\nX : a\r\n\r\n", 400,
                "malformed_request"),
      BadChunks("a trailer with a NUL", kChunk + "0\r\nX: \0\r\n\r\n"s, 400, "malformed_request"),
      BadChunks("a length as a trailer", kChunk + "0\r\nContent-Length: 5\r\n\r\n", 400,
                "malformed_request"),
      BadChunks("a transfer coding as a trailer", kChunk + "0\r\n" + kChunked + "\r\n", 400,
                "malformed_request"),
      BadChunks("a trailer that ends in LF", kChunk + "0\r\nX: a\n\r\n"),
      BadChunks("a trailer of 5 KB", kChunk + "0\r\nX: " + std::string(5000, 'x') + "\r\n\r\n"),
      BadChunks(
          "trailers of 40 KB together",
          kChunk + "0\r\n" +
              [] {
                std::string trailers;
                for (int i = 0; i < 40; ++i) trailers += "X: " + std::string(1000, 'x') + "\r\n";
                return trailers;
              }() +
              "\r\n",
          431, "headers_too_large"),
  };
}

std::vector<BadRequest> HostCases() {
  return {
      BadHost("no Host", ""),
      BadHost("two Hosts", "Host: a\r\nHost: b\r\n"),
      BadHost("the same Host twice", "Host: a\r\nHost: a\r\n"),
      BadHost("a list of Hosts", "Host: a, b\r\n"),
      BadHost("a Host with a path", "Host: a/b\r\n"),
      BadHost("a Host with a user", "Host: a@b\r\n"),
      BadHost("a Host with a query", "Host: a?b\r\n"),
      BadHost("a Host with a space", "Host: a b\r\n"),
      BadHost("a Host with high bytes", "Host: \xff\r\n"),
      BadHost("a Host and an absolute target, twice", "Host: a\r\nHOST: b\r\n"),
  };
}

std::vector<BadRequest> LineCases() {
  return {
      BadLine("a folded line", "X: a\r\n b\r\n"),
      BadLine("a line folded by a tab", "X: a\r\n\tb\r\n"),
      BadLine("a line without a colon", "nonsense\r\n"),
      BadLine("a line without a name", ": x\r\n"),
      BadLine("a name with a space", "A b: c\r\n"),
      BadLine("a name with a bracket", "A(b: c\r\n"),
      BadLine("a name with a NUL", "A\0b: c\r\n"s),
      BadLine("a name with a high byte", "A\x80: c\r\n"),
      BadLine("a value with a NUL", "X: a\0b\r\n"s),
      BadLine("a value with DEL", "X: a\x7f\r\n"),
      BadLine("a value with a bare CR", "X: a\rb\r\n"),
      BadLine("a request id that splits the answer", "X-Request-Id: a\rSet-Cookie: b\r\n"),
      BadLine("a line that ends in LF", "X: a\n"),
      BadLine("a line that ends in CR CR LF", "X: a\r\r\n"),
      BadLine("a Connection field that is no list", "Connection: close keep-alive\r\n"),
      Bad("a first line that is folded",
          kPost + " Transfer-Encoding: chunked\r\n" + kHost + kType + kLength + "\r\n" + kBody, 400,
          "malformed_request"),
      Bad("a head that ends in LF", kPost + kHost + kType + kLength + "\n" + kBody, 400,
          "malformed_request"),
      BadPost(
          "101 fields",
          [] {
            std::string lines;
            for (int i = 0; i < 101; ++i) lines += "X: a\r\n";
            return lines;
          }() +
              kLength,
          kBody, 431, "headers_too_large"),
      BadPost("a field of 70 KB", "X: " + std::string(70'000, 'x') + "\r\n" + kLength, kBody, 431,
              "headers_too_large"),
      BadPost("a name of 70 KB", std::string(70'000, 'x') + ": a\r\n" + kLength, kBody, 431,
              "headers_too_large"),
      BadPost("an unknown expectation", "Expect: 200-ok\r\n" + kLength, kBody, 417,
              "expectation_failed"),
      BadPost("two expectations", "Expect: 100-continue\r\nExpect: 100-continue\r\n" + kLength,
              kBody, 417, "expectation_failed"),
      BadPost("a list of expectations", "Expect: 100-continue, 100-continue\r\n" + kLength, kBody,
              417, "expectation_failed"),
      BadPost("an expectation and an ambiguous length",
              "Expect: 100-continue\r\n" + kLength + kChunked, kBody, 400, "ambiguous_length"),
  };
}

std::vector<BadRequest> StartCases() {
  const std::string path = "/v1/streams/orders/events";
  return {
      BadStart("HTTP/0.9", "POST " + path + "\r\n"),
      BadStart("two spaces before the target", "POST  " + path + " HTTP/1.1\r\n"),
      BadStart("two spaces behind the target", "POST " + path + "  HTTP/1.1\r\n"),
      BadStart("tabs in the request line", "POST\t" + path + "\tHTTP/1.1\r\n"),
      BadStart("a space behind the version", "POST " + path + " HTTP/1.1 \r\n"),
      BadStart("a space before the method", " POST " + path + " HTTP/1.1\r\n"),
      BadStart("a request line that ends in LF", "POST " + path + " HTTP/1.1\n"),
      BadStart("a bare CR in the target", "POST " + path + "\r HTTP/1.1\r\n"),
      BadStart("a NUL in the target", "POST " + path + "\0 HTTP/1.1\r\n"s),
      BadStart("high bytes in the target", "POST " + path + "\xff HTTP/1.1\r\n"),
      BadStart("a space in the target", "POST " + path + "?a b HTTP/1.1\r\n"),
      BadStart("a method with a colon", "PO:ST " + path + " HTTP/1.1\r\n"),
      BadStart("a NUL in the method", "PO\0ST "s + path + " HTTP/1.1\r\n"),
      BadStart("a lower-case version", "POST " + path + " http/1.1\r\n"),
      BadStart("a version of two digits", "POST " + path + " HTTP/1.10\r\n"),
      BadStart("a version without a dot", "POST " + path + " HTTP/11\r\n"),
      BadStart("HTTP/1.2", "POST " + path + " HTTP/1.2\r\n", 505, "http_version_not_supported"),
      BadStart("HTTP/2.0", "POST " + path + " HTTP/2.0\r\n", 505, "http_version_not_supported"),
      BadStart("HTTP/0.9 by name", "POST " + path + " HTTP/0.9\r\n", 505,
               "http_version_not_supported"),
      BadStart("a lower-case method", "post " + path + " HTTP/1.1\r\n", 501,
               "method_not_implemented"),
      BadStart("an unknown method", "BREW " + path + " HTTP/1.1\r\n", 501,
               "method_not_implemented"),
      BadStart("CONNECT", "CONNECT a:80 HTTP/1.1\r\n", 501, "method_not_implemented"),
      BadStart("a target without a slash", "POST v1/streams HTTP/1.1\r\n", 400, "invalid_target"),
      BadStart("a target of another scheme", "POST https://a" + path + " HTTP/1.1\r\n", 400,
               "invalid_target"),
      BadStart("a target with a user", "POST http://u@a" + path + " HTTP/1.1\r\n", 400,
               "invalid_target"),
      BadStart("a target with a fragment", "POST " + path + "#f HTTP/1.1\r\n", 400,
               "invalid_target"),
      BadStart("a target with a broken escape", "POST " + path + "%2 HTTP/1.1\r\n", 400,
               "invalid_target"),
      BadStart("an asterisk for a POST", "POST * HTTP/1.1\r\n", 400, "invalid_target"),
      BadStart("a target of 70 KB", "POST /" + std::string(70'000, 'a') + " HTTP/1.1\r\n", 414,
               "uri_too_long"),
      BadStart("nine empty lines",
               "\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\nPOST " + path + " HTTP/1.1\r\n"),
      BadStart("an empty line that is LF", "\nPOST " + path + " HTTP/1.1\r\n"),
      Bad("the preface of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505,
          "http_version_not_supported"),
      Bad("a TLS hello", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"s, 400, "malformed_request"),
      Bad("a SOCKS hello", "\x05\x01\x00"s, 400, "malformed_request"),
      Bad("an answer in place of a request", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", 400,
          "malformed_request"),
  };
}

}  // namespace

std::vector<BadRequest> SmugglingCorpus() {
  std::vector<BadRequest> corpus;
  for (const auto& part : {TransferCases(), LengthCases(), ChunkSizeCases(), ChunkCases(),
                           HostCases(), LineCases(), StartCases()}) {
    corpus.insert(corpus.end(), part.begin(), part.end());
  }
  return corpus;
}

std::vector<BadRequest> UnfinishedRequests() {
  const auto unfinished = [](const std::string& name, const std::string& bytes) {
    return BadRequest{name, bytes, 408, "request_timeout"};
  };
  const std::string chunked = kPost + kHost + kType + kChunked + "\r\n";
  return {
      unfinished("half a request line", "POST /v1/str"),
      unfinished("half a head", kPost + kHost + kType + kLength),
      unfinished("a length beyond what comes",
                 kPost + kHost + kType + Length(900) + "\r\n" + kBody + Ordinary()),
      unfinished("no chunk", chunked),
      unfinished("no last chunk", chunked + kChunk),
      unfinished("half a last chunk", chunked + kChunk + "0\r\n"),
      unfinished("a last chunk that is never empty", chunked + kChunk + "0\r\nX: a\r\n"),
      unfinished("a chunk beyond what comes",
                 chunked + "fff\r\n" + kBody + "\r\n0\r\n\r\n" + Ordinary()),
  };
}

std::vector<OddRequest> OddRequests() {
  const auto odd = [](const std::string& name, const std::string& headers, const std::string& body,
                      std::vector<int> statuses) {
    return OddRequest{name, kPost + kHost + kType + headers + "\r\n" + body + Ordinary(),
                      std::move(statuses)};
  };
  const std::string path = "/v1/streams/orders/events";
  const std::string end = kHost + kType + kLength + "\r\n" + kBody + Ordinary();
  const std::string size = Hex(kBody.size());
  const std::string hidden = Ordinary();
  return {
      odd("chunks", kChunked, kChunks, {200, 200}),
      odd("chunked in capitals behind a tab", "TRANSFER-ENCODING:\tCHUNKED \r\n", kChunks,
          {200, 200}),
      odd("a chunk size with leading zeros", kChunked, "00000000000000" + kChunks, {200, 200}),
      odd("chunk extensions", kChunked,
          size + ";a;b=c;d=\"e\\\";f\"\r\n" + kBody + "\r\n0;z\r\n\r\n", {200, 200}),
      odd("trailers", kChunked, kChunk + "0\r\nX-Checksum: 5\r\nX: y\r\n\r\n", {200, 200}),
      odd("a length with leading zeros",
          "Content-Length: 000" + std::to_string(kBody.size()) + "\r\n", kBody, {200, 200}),
      odd("a length with white space around it",
          "Content-Length: \t" + std::to_string(kBody.size()) + " \t\r\n", kBody, {200, 200}),
      odd("an upgrade to h2c",
          "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"
          "HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n" +
              kLength,
          kBody, {200, 200}),
      odd("an upgrade to a web socket", "Connection: Upgrade\r\nUpgrade: websocket\r\n" + kLength,
          kBody, {200, 200}),
      odd("a Connection field that names the framing",
          "Connection: Content-Length, Transfer-Encoding, Host\r\n" + kLength, kBody, {200, 200}),
      odd("close and keep-alive", "Connection: keep-alive\r\nConnection: close\r\n" + kLength,
          kBody, {200}),
      odd("another method in a header", "X-HTTP-Method-Override: DELETE\r\n" + kLength, kBody,
          {200, 200}),
      odd("bytes above ASCII in a value", "X: \xff\x80\r\n" + kLength, kBody, {200, 200}),
      odd("an expectation whose body is there", "Expect: 100-continue\r\n" + kLength, kBody,
          {200, 200}),
      odd("a request as a body", Length(hidden.size()), hidden, {400, 200}),
      odd("an empty body", Length(0), "", {400, 200}),
      {"a target with another host",
       "POST http://other:99" + path + " HTTP/1.1\r\n" + end,
       {200, 200}},
      {"an empty Host",
       kPost + "Host:\r\n" + kType + kLength + "\r\n" + kBody + Ordinary(),
       {200, 200}},
      {"a GET with a request as its body",
       "GET /v1/version HTTP/1.1\r\n" + kHost + Length(hidden.size()) + "\r\n" + hidden +
           Ordinary(),
       {200, 200}},
      {"a refused request with a request as its body",
       "POST /nowhere HTTP/1.1\r\n" + kHost + Length(hidden.size()) + "\r\n" + hidden + Ordinary(),
       {404, 200}},
      {"a refused request in chunks",
       "POST /nowhere HTTP/1.1\r\n" + kHost + kChunked + "\r\n" + kChunks + Ordinary(),
       {404}},
      {"HTTP/1.0 that keeps the connection",
       "POST " + path + " HTTP/1.0\r\nConnection: keep-alive\r\n" + end,
       {200, 200}},
      {"HTTP/1.0 that does not", "POST " + path + " HTTP/1.0\r\n" + end, {200}},
      {"empty lines in front", "\r\n\r\n\r\n" + kPost + end, {200, 200}},
      {"OPTIONS of everything", "OPTIONS * HTTP/1.1\r\n" + kHost + "\r\n" + Ordinary(), {204, 200}},
  };
}

}  // namespace oncegate::hostile
