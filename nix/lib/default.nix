# A small `lib` for manifests on machines that have Nix and no nixpkgs: the module system, the usual types, and functions
# on sets, lists and texts, by the names of nixpkgs' lib. With nixpkgs, its own lib is used instead.
let
  make =
    self:
    let
      basics = import ./basics.nix;
      types = import ./types.nix self;
      modules = import ./modules.nix self;
    in
    basics
    // import ./options.nix self
    // modules
    // {
      inherit (types) types mkOptionType;
      options = { inherit (types) mergeEqual mergeOne; };
      extend = overlay: extend (lib: make lib) overlay;
    };

  extend =
    base: overlay:
    let
      whole = self: base self // overlay self (base self) // { extend = more: extend whole more; };
      lib = whole lib;
    in
    lib;

  lib = make lib;
in
lib
