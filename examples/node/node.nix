# The node agent on every node of a cluster: ./berth deploy examples/node/node.nix
#
# docs/install.md tells how to make the image.
{
  berth = {
    discriminator = "berth-node";
    node = {
      enable = true;
      image = "registry.example.org/berth:0.1.0";
      substituters = [ "http://berth-gateway.berth:8080" ];
      trustedPublicKeys = [ "cache.example.org-1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=" ];
      tolerations = [ { key = "node-role.kubernetes.io/control-plane"; operator = "Exists"; effect = "NoSchedule"; } ];
    };
  };
}
