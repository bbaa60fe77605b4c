# The machine's own static busybox as a store path, so that the examples need neither nixpkgs nor a network. A derivation
# of nixpkgs takes its place in any of them: (import <nixpkgs> { }).hello
builtins.path {
  name = "busybox";
  path = /usr/bin;
  filter = path: type: baseNameOf path == "busybox";
}
