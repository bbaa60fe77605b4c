# The modules behind `kubernetes.…`.
{
  imports = [
    ./assertions.nix
    ./deploy.nix
    ./helm.nix
    ./importyaml.nix
    ./manifest.nix
    ./objects.nix
  ];
}
