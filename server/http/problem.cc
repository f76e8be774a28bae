#include "server/http/problem.h"

#include <utility>

namespace oncegate {

std::string_view ToString(ProblemCode code) {
  switch (code) {
#define ONCEGATE_CASE(name, text, status) \
  case ProblemCode::name:                 \
    return text;
    ONCEGATE_PROBLEMS(ONCEGATE_CASE)
#undef ONCEGATE_CASE
  }
  return "";
}

std::optional<ProblemCode> FindProblemCode(std::string_view text) {
#define ONCEGATE_FIND(name, wire, status) \
  if (text == wire) return ProblemCode::name;
  ONCEGATE_PROBLEMS(ONCEGATE_FIND)
#undef ONCEGATE_FIND
  return std::nullopt;
}

int StatusOf(ProblemCode code) {
  switch (code) {
#define ONCEGATE_CASE(name, text, status) \
  case ProblemCode::name:                 \
    return status;
    ONCEGATE_PROBLEMS(ONCEGATE_CASE)
#undef ONCEGATE_CASE
  }
  return 500;
}

std::string_view ReasonPhrase(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 202:
      return "Accepted";
    case 204:
      return "No Content";
    case 207:
      return "Multi-Status";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 408:
      return "Request Timeout";
    case 409:
      return "Conflict";
    case 410:
      return "Gone";
    case 411:
      return "Length Required";
    case 413:
      return "Content Too Large";
    case 414:
      return "URI Too Long";
    case 415:
      return "Unsupported Media Type";
    case 417:
      return "Expectation Failed";
    case 422:
      return "Unprocessable Content";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 501:
      return "Not Implemented";
    case 503:
      return "Service Unavailable";
    case 505:
      return "HTTP Version Not Supported";
    default:
      return "Unknown";
  }
}

HttpResponse MakeProblem(const ProblemText& text, const std::function<void(JsonObject*)>& extend) {
  HttpResponse response;
  response.status = text.status;
  response.content_type = kProblemType;
  if (text.status == 429 || text.status == 503) {
    response.headers.push_back({"Retry-After", std::string(kRetryAfterSeconds)});
  }
  JsonObject object(&response.body);
  object.String("type", "about:blank");
  object.String("title", ReasonPhrase(text.status));
  object.Integer("status", text.status);
  object.String("code", text.code);
  object.String("detail", text.detail);
  if (extend) extend(&object);
  object.Close();
  return response;
}

HttpResponse Refuse(ProblemCode code, std::string_view detail,
                    const std::function<void(JsonObject*)>& extend) {
  HttpResponse response = MakeProblem({StatusOf(code), ToString(code), detail}, extend);
  response.rejected = ToString(code);
  return response;
}

HttpResponse MakeJson(int status, std::string body) {
  HttpResponse response;
  response.status = status;
  response.content_type = kJsonType;
  response.body = std::move(body);
  return response;
}

}  // namespace oncegate
