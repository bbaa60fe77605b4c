# Functions on attribute sets, lists and texts, by the names and with the arguments that nixpkgs' lib has for them.
let
  inherit (builtins)
    all
    attrNames
    attrValues
    concatLists
    concatMap
    elemAt
    filter
    foldl'
    genList
    hasAttr
    head
    isAttrs
    isInt
    isList
    length
    listToAttrs
    match
    removeAttrs
    replaceStrings
    sort
    split
    stringLength
    substring
    tail
    toJSON
    zipAttrsWith
    ;
in
rec {
  inherit (builtins)
    add
    all
    any
    attrNames
    attrValues
    catAttrs
    concatLists
    concatMap
    concatStringsSep
    elem
    elemAt
    filter
    foldl'
    fromJSON
    functionArgs
    genList
    groupBy
    hasAttr
    head
    intersectAttrs
    isAttrs
    isBool
    isFloat
    isFunction
    isInt
    isList
    isPath
    isString
    length
    lessThan
    listToAttrs
    mapAttrs
    partition
    pathExists
    readFile
    removeAttrs
    replaceStrings
    seq
    sort
    splitVersion
    stringLength
    substring
    tail
    toJSON
    trace
    tryEval
    typeOf
    zipAttrsWith
    ;

  id = x: x;
  const = x: _: x;
  flip = f: a: b: f b a;
  pipe = foldl' (x: f: f x);
  fix = f: let x = f x; in x;
  max = a: b: if a > b then a else b;
  min = a: b: if a < b then a else b;
  importJSON = file: builtins.fromJSON (builtins.readFile file);
  warn = message: value: builtins.trace "warning: ${message}" value;
  warnIf = condition: message: if condition then warn message else id;
  throwIf = condition: message: value: if condition then throw message else value;
  throwIfNot = condition: throwIf (!condition);
  assertMsg = condition: message: condition || throw message;
  boolToString = b: if b then "true" else "false";
  isStringLike = x: builtins.isString x || builtins.isPath x || x ? outPath || x ? __toString;
  isDerivation = x: isAttrs x && (x.type or "") == "derivation";
  isStorePath =
    x:
    isStringLike x
    && match "${replaceStrings [ "." ] [ "\\." ] builtins.storeDir}/[0-9a-df-np-sv-z]{32}-[^/]+" (
      builtins.unsafeDiscardStringContext (toString x)
    ) != null;

  # Lists.
  singleton = x: [ x ];
  toList = x: if isList x then x else [ x ];
  optional = condition: x: if condition then [ x ] else [ ];
  optionals = condition: list: if condition then list else [ ];
  last = list: if list == [ ] then throw "lib.last: the list is empty" else elemAt list (length list - 1);
  init = list: genList (elemAt list) (length list - 1);
  take = n: list: genList (elemAt list) (if n < length list then n else length list);
  drop = n: list: genList (i: elemAt list (i + n)) (if length list > n then length list - n else 0);
  imap0 = f: list: genList (i: f i (elemAt list i)) (length list);
  imap1 = f: imap0 (i: f (i + 1));
  map = builtins.map;
  range = first: end: if first > end then [ ] else genList (i: first + i) (end - first + 1);
  reverseList = list: genList (i: elemAt list (length list - 1 - i)) (length list);
  flatten = x: if isList x then concatMap flatten x else [ x ];
  remove = x: filter (y: y != x);
  subtractLists = out: filter (x: !builtins.elem x out);
  intersectLists = one: filter (x: builtins.elem x one);
  unique = foldl' (found: x: if builtins.elem x found then found else found ++ [ x ]) [ ];
  count = f: list: length (filter f list);
  findFirst =
    f: otherwise: list:
    let
      found = filter f list;
    in
    if found == [ ] then otherwise else head found;
  foldr =
    f: end: list:
    let
      from = n: if n == length list then end else f (elemAt list n) (from (n + 1));
    in
    from 0;
  zipListsWith =
    f: a: b:
    genList (i: f (elemAt a i) (elemAt b i)) (if length a < length b then length a else length b);
  sortOn = f: sort (a: b: f a < f b);

  # Attribute sets.
  nameValuePair = name: value: { inherit name value; };
  attrByPath =
    path: otherwise: set:
    if path == [ ] then
      set
    else if isAttrs set && hasAttr (head path) set then
      attrByPath (tail path) otherwise set.${head path}
    else
      otherwise;
  hasAttrByPath =
    path: set:
    path == [ ] || (isAttrs set && hasAttr (head path) set && hasAttrByPath (tail path) set.${head path});
  getAttrFromPath =
    path: set:
    attrByPath path (throw "there is no attribute '${builtins.concatStringsSep "." path}'") set;
  setAttrByPath = path: value: if path == [ ] then value else { ${head path} = setAttrByPath (tail path) value; };
  attrVals = names: set: builtins.map (name: set.${name}) names;
  getAttrs = names: set: genAttrs names (name: set.${name});
  genAttrs = names: f: listToAttrs (builtins.map (name: nameValuePair name (f name)) names);
  optionalAttrs = condition: set: if condition then set else { };
  filterAttrs =
    f: set:
    removeAttrs set (filter (name: !(f name set.${name})) (attrNames set));
  mapAttrs' = f: set: listToAttrs (builtins.map (name: f name set.${name}) (attrNames set));
  mapAttrsToList = f: set: builtins.map (name: f name set.${name}) (attrNames set);
  concatMapAttrs = f: set: foldl' (all: one: all // one) { } (mapAttrsToList f set);
  attrsToList = mapAttrsToList nameValuePair;
  foldlAttrs = f: start: set: foldl' (all: name: f all name set.${name}) start (attrNames set);
  mergeAttrsList = foldl' (all: one: all // one) { };
  mapAttrsRecursive = mapAttrsRecursiveCond (_: true);
  mapAttrsRecursiveCond =
    into: f: set:
    let
      below = path: builtins.mapAttrs (
        name: value:
        if isAttrs value && into value then below (path ++ [ name ]) value else f (path ++ [ name ]) value
      );
    in
    below [ ] set;
  collect =
    f: x:
    if f x then
      [ x ]
    else if isAttrs x then
      concatMap (collect f) (attrValues x)
    else
      [ ];
  recursiveUpdate = recursiveUpdateUntil (_: a: b: !(isAttrs a && isAttrs b));
  recursiveUpdateUntil =
    stop: a: b:
    let
      below =
        path:
        zipAttrsWith (
          name: values:
          let
            here = path ++ [ name ];
          in
          if length values == 1 || stop here (elemAt values 1) (head values) then
            head values
          else
            below here values
        );
    in
    below [ ] [ b a ];
  zipAttrs = zipAttrsWith (_: values: values);

  # Texts.
  concatStrings = builtins.concatStringsSep "";
  concatMapStrings = f: list: concatStrings (builtins.map f list);
  concatMapStringsSep = separator: f: list: builtins.concatStringsSep separator (builtins.map f list);
  concatMapAttrsStringSep = separator: f: set: builtins.concatStringsSep separator (mapAttrsToList f set);
  concatLines = concatMapStrings (line: line + "\n");
  optionalString = condition: text: if condition then text else "";
  hasPrefix = prefix: text: substring 0 (stringLength prefix) text == prefix;
  hasSuffix =
    suffix: text:
    let
      rest = stringLength text - stringLength suffix;
    in
    rest >= 0 && substring rest (-1) text == suffix;
  hasInfix = infix: text: match ".*${escapeRegex infix}.*" (replaceStrings [ "\n" ] [ " " ] text) != null;
  removePrefix = prefix: text: if hasPrefix prefix text then substring (stringLength prefix) (-1) text else text;
  removeSuffix =
    suffix: text: if hasSuffix suffix text then substring 0 (stringLength text - stringLength suffix) text else text;
  splitString = separator: text: filter builtins.isString (split (escapeRegex separator) (toString text));
  escape = letters: replaceStrings letters (builtins.map (letter: "\\" + letter) letters);
  escapeRegex = escape (stringToCharacters "\\[{()^$?*+|.");
  escapeShellArg = text: "'${replaceStrings [ "'" ] [ "'\\''" ] (toString text)}'";
  escapeShellArgs = concatMapStringsSep " " escapeShellArg;
  stringToCharacters = text: genList (i: substring i 1 text) (stringLength text);
  toLower = replaceStrings upper lower;
  toUpper = replaceStrings lower upper;
  toInt =
    text:
    let
      value = match "[[:space:]]*(-?[0-9]+)[[:space:]]*" text;
    in
    if value == null then throw "lib.toInt: '${text}' is no number" else builtins.fromJSON (toIntText (head value));
  toIntBase10 = toInt;
  fixedWidthString =
    width: filler: text:
    if stringLength text >= width then text else fixedWidthString width filler (filler + text);
  versionOlder = a: b: builtins.compareVersions b a == 1;
  versionAtLeast = a: b: !(versionOlder a b);
  getName = x: x.pname or (builtins.parseDrvName (x.name or x)).name;
  getExe =
    package:
    "${package}/bin/${package.meta.mainProgram or (package.pname or (builtins.parseDrvName package.name).name)}";
  getExe' = package: name: "${package}/bin/${name}";
  getBin = package: package.bin or package.out or package;
  makeBinPath = concatMapStringsSep ":" (package: "${getBin package}/bin");
  generators = {
    toJSON = { }: toJSON;
    toYAML = { }: toJSON;
  };

  # For messages: a value as one would write it, cut short.
  show =
    value:
    let
      type = builtins.typeOf value;
      text = toJSON value;
    in
    if type == "lambda" then
      "a function"
    else if type == "set" && !isDerivation value then
      "the set { ${builtins.concatStringsSep " " (take 8 (attrNames value))}${optionalString (length (attrNames value) > 8) " …"} }"
    else if type == "list" then
      "a list of ${toString (length value)}"
    else if isInt value || type == "bool" || type == "null" then
      text
    else if type == "set" then
      "derivation ${value.name or "?"}"
    else if stringLength text > 80 then
      substring 0 80 text + "…"
    else
      text;

  toIntText =
    digits:
    let
      parts = match "(-?)0*([0-9]+)" digits;
    in
    head parts + elemAt parts 1;
  upper = stringToCharacters "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
  lower = stringToCharacters "abcdefghijklmnopqrstuvwxyz";
}
