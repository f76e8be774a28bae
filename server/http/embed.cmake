# Writes the file INPUT as a C++ source OUTPUT that defines oncegate::OpenApiDocument(). A raw string
# literal in pieces: compilers need not take literals beyond 64 KiB.
file(READ "${INPUT}" text)
string(LENGTH "${text}" length)
set(pieces "")
set(at 0)
while(at LESS length)
  string(SUBSTRING "${text}" ${at} 8000 piece)
  string(APPEND pieces "R\"oncegate(${piece})oncegate\"\n")
  math(EXPR at "${at} + 8000")
endwhile()
file(WRITE "${OUTPUT}" "#include \"server/http/openapi.h\"

namespace oncegate {

std::string_view OpenApiDocument() {
  static constexpr std::string_view kDocument =
${pieces};
  return kDocument;
}

}  // namespace oncegate
")
