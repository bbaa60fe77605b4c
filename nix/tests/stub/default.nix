# What the modules ask of nixpkgs, without nixpkgs: programs that need nothing but a shell, and `runCommand`.
let
  stub = builtins.path { path = ./.; name = "stub"; };
  program = name: { type = "derivation"; outPath = "${stub}"; inherit name; meta.mainProgram = name; };
in
rec {
  lib = import ../../lib;
  kubernetes-helm = program "helm";
  yq = program "yq";
  yq-go = program "yq-go";
  cacert = stub;
  runCommand =
    name: attributes: script:
    derivation (
      {
        inherit name;
        system = builtins.currentSystem or "x86_64-linux";
        builder = "/bin/sh";
        args = [ "-ec" "export PATH=${stub}/bin TMPDIR=$PWD; ${script}" ];
      }
      // removeAttrs attributes [ "nativeBuildInputs" ]
    );
  writeText = name: text: builtins.toFile name (builtins.unsafeDiscardStringContext text);
}
