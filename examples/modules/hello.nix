# The pod of ../hello as a module: ./berth run examples/modules/hello.nix, or ./berth render examples/modules/hello.nix
#
# Objects are put by their namespace, kind and name; apiVersion and metadata follow. Other modules may change any of it.
{ lib, ... }:
let
  busybox = import ../busybox.nix;
in
{
  kubernetes.objects.default = {
    ConfigMap.greeting.data.words = "Hello from a module!";

    Pod.hello.spec = {
      restartPolicy = lib.mkDefault "Never";
      # A list whose elements have names: another module can say `containers.hello.image = lib.mkForce "…"`.
      containers = lib.mkNamedList {
        hello = {
          image = "berth/scratch:1";
          command = [ "${busybox}/busybox" "cat" "/greeting/words" ];
          volumeMounts = lib.mkNamedList {
            nix = { mountPath = "/nix"; subPath = "nix"; readOnly = true; };
            greeting.mountPath = "/greeting";
          };
        };
      };
      volumes = lib.mkNamedList {
        greeting.configMap.name = "greeting";
        nix.csi = {
          driver = "csi.berth.dev";
          readOnly = true;
          volumeAttributes.${builtins.currentSystem} = busybox;
        };
      };
    };
  };
}
