# A web server and all that it needs in a cluster: ./berth deploy examples/shop/shop.nix
#
# The program and its page are a Nix closure, which the CSI driver mounts at /nix; the image has no files. The agent of each node
# (docs/node.md) must find the closure: name a store in `cacheTo` that its caches are, and `berth deploy` pushes it there first.
{ lib, ... }:
let
  busybox = import ../busybox.nix;

  shop = derivation {
    name = "shop";
    system = builtins.currentSystem;
    builder = "${busybox}/busybox";
    args = [
      "sh"
      "-c"
      ''
        b=${busybox}/busybox
        $b mkdir -p $out/bin $out/share/shop
        echo 'Open all day.' > $out/share/shop/index.html
        printf '#!%s sh\nexec %s httpd -f -v -p 8080 -h %s\n' $b $b $out/share/shop > $out/bin/shop
        $b chmod +x $out/bin/shop
      ''
    ];
  };
in
{
  berth = {
    discriminator = "shop"; # marks what is deployed, so that --prune, status and delete find it again
    cacheTo = lib.mkDefault [ ]; # such as [ "http://cache.example.org" ]
  };

  kubernetes.objects.none.Namespace.shop = { };

  kubernetes.objects.shop = {
    Deployment.web.spec = {
      replicas = 2;
      selector.matchLabels.app = "web";
      template = {
        metadata.labels.app = "web";
        spec = {
          containers = lib.mkNamedList {
            web = {
              image = "berth/scratch:1";
              command = [ "${shop}/bin/shop" ];
              ports = [ { name = "http"; containerPort = 8080; } ];
              readinessProbe.httpGet = { path = "/"; port = "http"; };
              volumeMounts = lib.mkNamedList {
                nix = { mountPath = "/nix"; subPath = "nix"; readOnly = true; };
              };
            };
          };
          volumes = lib.mkNamedList {
            nix.csi = {
              driver = "csi.berth.dev";
              readOnly = true;
              volumeAttributes.${builtins.currentSystem} = shop;
            };
          };
        };
      };
    };

    Service.web.spec = {
      selector.app = "web";
      ports = [ { name = "http"; port = 80; targetPort = "http"; } ];
    };
  };
}
