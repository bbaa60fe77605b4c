{
  description = "Nix closures in Kubernetes pods: modules for manifests";

  outputs = _: {
    # import ./nix, by the names that users of older tools have, too
    lib = {
      berth = import ./nix;
      easykubenix = import ./nix;
    };
  };
}
