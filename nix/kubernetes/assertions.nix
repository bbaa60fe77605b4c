# Conditions that must hold, and words for the user, as in NixOS.
{ lib, ... }:
{
  options = {
    assertions = lib.mkOption {
      type = lib.types.listOf lib.types.unspecified;
      default = [ ];
      example = [ { assertion = false; message = "this cannot be enabled without that"; } ];
      description = "Conditions without which nothing is rendered, each { assertion, message }.";
    };
    warnings = lib.mkOption {
      type = lib.types.listOf lib.types.str;
      default = [ ];
      description = "What is told when the manifest is rendered.";
    };
    lib = lib.mkOption {
      type = lib.types.attrsOf lib.types.attrs;
      default = { };
      description = "Functions and constants that modules give each other.";
    };
  };
}
