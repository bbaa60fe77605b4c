# A pod that says hello: ./berth run examples/hello/pod.nix
#
# The image has no files at all. What the container runs comes from the volume: the closure of `hello`, which Nix builds
# and the CSI driver mounts. In a cluster with Berth the same object works as it is.
let
  busybox = import ../busybox.nix;

  hello = derivation {
    name = "hello";
    system = builtins.currentSystem;
    builder = "${busybox}/busybox";
    args = [
      "sh"
      "-c"
      ''
        ${busybox}/busybox mkdir -p $out/bin
        ${busybox}/busybox ln -s ${busybox}/busybox $out/bin/echo
      ''
    ];
  };
in
{
  apiVersion = "v1";
  kind = "Pod";
  metadata.name = "hello";
  spec = {
    restartPolicy = "Never";
    containers = [
      {
        name = "hello";
        image = "berth/scratch:1";
        command = [ "${hello}/bin/echo" "Hello, world!" ];
        volumeMounts = [
          { name = "nix"; mountPath = "/nix"; subPath = "nix"; readOnly = true; }
        ];
      }
    ];
    volumes = [
      {
        name = "nix";
        csi = {
          driver = "csi.berth.dev";
          readOnly = true;
          volumeAttributes.${builtins.currentSystem} = hello;
        };
      }
    ];
  };
}
