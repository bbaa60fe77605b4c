# The modules behind `kubernetes.…`.
{
  imports = [
    ./assertions.nix
    ./compat.nix
    ./deploy.nix
    ./helm.nix
    ./importyaml.nix
    ./manifest.nix
    ./node.nix
    ./objects.nix
    ./scripts.nix
  ];
}
