# Turns the stanzas of `apt-cache dumpavail` into one JSON record a line: the key is the package's
# name, the value an object with every field as text. A package that is listed twice is taken once.

function escaped(text) {
  # This spelling of a backslash before what was found means the same to mawk and gawk.
  gsub(/["\\]/, "\\\\&", text)
  gsub(/\t/, "\\t", text)
  gsub(/[\001-\010\013-\037]/, " ", text)
  return text
}

function add_field() {
  if (name != "" && !(name in fields)) {
    fields[name] = 1
    members = members (members == "" ? "" : ",") "\"" escaped(name) "\":\"" value "\""
  }
  name = ""
}

function end_stanza() {
  add_field()
  if (package != "" && !(package in seen)) {
    seen[package] = 1
    printf "{\"key\":\"%s\",\"value\":{%s}}\n", escaped(package), members
  }
  package = ""
  members = ""
  split("", fields)
}

/^$/ { end_stanza(); next }

/^[ \t]/ { value = value "\\n" escaped(substr($0, 2)); next }

{
  add_field()
  colon = index($0, ":")
  name = substr($0, 1, colon - 1)
  value = substr($0, colon + 1)
  sub(/^[ \t]+/, "", value)
  if (name == "Package") package = value
  value = escaped(value)
}

END { end_stanza() }
