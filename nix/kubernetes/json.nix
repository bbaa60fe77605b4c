# What JSON and YAML can have.
lib: rec {
  # A value whose derivations and paths are texts, and whose keys that are null stay.
  plain =
    value:
    if builtins.isAttrs value then
      if value ? outPath || value ? __toString then toString value else builtins.mapAttrs (_: plain) value
    else if builtins.isList value then
      map plain value
    else if builtins.isPath value then
      "${value}"
    else
      value;

  # YAML of a value, in the form that YAML 1.1 and 1.2 read alike: texts as JSON has them.
  yaml = value: block "" value + "\n";

  # A stream of documents.
  yamlStream = values: lib.concatMapStrings (value: "---\n" + yaml value) values;

  block =
    indent: value:
    if builtins.isAttrs value && value != { } then
      lib.concatStringsSep "\n${indent}" (lib.mapAttrsToList (name: below indent "${key name}:") value)
    else if builtins.isList value && value != [ ] then
      lib.concatStringsSep "\n${indent}" (map (element: "- " + block "${indent}  " element) value)
    else
      builtins.toJSON value;

  below =
    indent: start: value:
    if (builtins.isAttrs value && value != { }) || (builtins.isList value && value != [ ]) then
      "${start}\n${indent}  ${block "${indent}  " value}"
    else
      "${start} ${builtins.toJSON value}";

  key =
    name:
    if builtins.match "[a-zA-Z][a-zA-Z0-9_./-]*" name != null && !(lib.elem (lib.toLower name) [ "y" "n" "yes" "no" "on" "off" "true" "false" "null" ]) then
      name
    else
      builtins.toJSON name;
}
