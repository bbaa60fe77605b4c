# Several objects of one file, made by a function: a ConfigMap and a Secret, and two pods that use them.
{ who ? "world" }:
let
  busybox = import ../busybox.nix;
  sh = script: {
    image = "berth/scratch:1";
    command = [ "${busybox}/busybox" "sh" "-c" script ];
  };
in
[
  {
    apiVersion = "v1";
    kind = "ConfigMap";
    metadata.name = "settings";
    data = { inherit who; "greeting.txt" = "Good morning\n"; };
  }
  {
    apiVersion = "v1";
    kind = "Secret";
    metadata.name = "password";
    stringData.password = "open sesame";
  }
  {
    apiVersion = "v1";
    kind = "Pod";
    metadata.name = "greeter";
    spec = {
      restartPolicy = "Never";
      containers = [
        (sh "echo \"$(${busybox}/busybox cat /etc/greeting), $WHO\"" // {
          name = "greet";
          env = [ { name = "WHO"; valueFrom.configMapKeyRef = { name = "settings"; key = "who"; }; } ];
          volumeMounts = [ { name = "settings"; mountPath = "/etc/greeting"; subPath = "greeting.txt"; } ];
        })
        (sh "${busybox}/busybox wc -c < /secret/password" // {
          name = "keeper";
          volumeMounts = [ { name = "password"; mountPath = "/secret"; } ];
        })
      ];
      volumes = [
        { name = "settings"; configMap.name = "settings"; }
        { name = "password"; secret = { secretName = "password"; defaultMode = 256; }; }
      ];
    };
  }
  {
    apiVersion = "v1";
    kind = "Pod";
    metadata.name = "self";
    spec = {
      restartPolicy = "Never";
      containers = [
        (sh "echo I am $POD on $(${busybox}/busybox hostname)" // {
          name = "self";
          env = [ { name = "POD"; valueFrom.fieldRef.fieldPath = "metadata.name"; } ];
        })
      ];
    };
  }
]
