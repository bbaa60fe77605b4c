# What the modules make of things, and what they say of mistakes. KubernetesModulesTest has real Nix evaluate it:
# `values` to { actual, expected } by name, each of `mistakes` alone, which must fail with these words.
{
  lib ? import ../lib,
}:
let
  inherit (import ../kubernetes/lists.nix { } lib) mkNamedList mkNumberedList;
  render = modules: import ../. { inherit modules lib; };
  objects = modules: (render modules).manifestAttrs.items;
  only = modules: builtins.head (objects modules);

  web = content: { kubernetes.objects.shop.Deployment.web = content; };
  spec = content: web { inherit content; };
  contentOf = modules: (only modules).content;
  listOf = values: map spec values;

  # With programs that stand for nixpkgs'.
  stubbed = modules: import ../. { inherit modules lib; pkgs = import ./stub; };
  configMaps = builtins.toFile "maps.yaml" ''
    {"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"},"mode":0644}
    ---
    {"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"b"}}
  '';

  crd = {
    apiVersion = "apiextensions.k8s.io/v1";
    kind = "CustomResourceDefinition";
    metadata.name = "shops.example.org";
    spec = {
      group = "example.org";
      names.kind = "Shop";
      versions = [
        { name = "v1alpha1"; storage = false; }
        { name = "v1"; storage = true; }
      ];
    };
  };
in
{
  values = {
    placeGivesWhatIsMissing = {
      actual = objects [ { kubernetes.objects.shop.ConfigMap.colours.data.a = "blue"; } ];
      expected = [
        {
          apiVersion = "v1";
          kind = "ConfigMap";
          metadata = { name = "colours"; namespace = "shop"; };
          data.a = "blue";
        }
      ];
    };
    noneIsNoNamespace = {
      actual = (only [ { kubernetes.objects.none.Namespace.shop = { }; } ]).metadata;
      expected.name = "shop";
    };
    whatIsGivenWins = {
      actual = only [
        { kubernetes.objects.none.Role.a = { apiVersion = "x/v9"; metadata = { name = "b"; namespace = "c"; }; }; }
      ];
      expected = { apiVersion = "x/v9"; kind = "Role"; metadata = { name = "b"; namespace = "c"; }; };
    };
    resourcesIsAnAlias = {
      actual =
        (render [
          { kubernetes.resources.shop.Secret.a.stringData.x = "1"; }
          { kubernetes.objects.shop.Secret.a.stringData.y = "2"; }
        ]).eval.config.kubernetes.resources.shop.Secret.a.stringData;
      expected = { x = "1"; y = "2"; };
    };
    modulesAddToEachOther = {
      actual = contentOf [ (spec { a.b = 1; }) (spec { a.c = 2; }) ];
      expected.a = { b = 1; c = 2; };
    };
    prioritiesWorkAtEveryDepth = {
      actual = contentOf [
        (spec { n = lib.mkDefault 1; forced.deep = 1; off = lib.mkIf false 3; on = lib.mkIf true 4; })
        (spec { n = 2; forced.deep = lib.mkForce 9; })
      ];
      expected = { n = 2; forced.deep = 9; on = 4; };
    };
    conditionsAroundObjects = {
      actual = map (object: object.metadata.name) (objects [
        {
          kubernetes.objects.shop = lib.mkMerge [
            (lib.mkIf true { Secret.yes = { }; })
            (lib.mkIf false { Secret.no = { }; })
            { Secret.maybe = lib.mkIf false { }; }
          ];
        }
      ]);
      expected = [ "yes" ];
    };
    listsFollowEachOther = {
      actual = contentOf (listOf [ { l = lib.mkAfter [ "z" ]; } { l = [ "m" ]; } { l = lib.mkBefore [ "a" ]; } ]);
      expected.l = [ "a" "m" "z" ];
    };
    elementsMayBeAbsent = {
      actual = contentOf [ (spec { l = [ 1 (lib.mkIf false 2) 3 ]; }) ];
      expected.l = [ 1 3 ];
    };
    namedLists = {
      actual = contentOf (listOf [
        { containers = { _namedlist = true; main.image = "a"; main.env = mkNamedList { X.value = "1"; }; }; }
        { containers.main = { image = lib.mkForce "b"; env.Y.value = "2"; }; }
        { containers.extra.image = "c"; }
      ]);
      expected.containers = [
        { name = "extra"; image = "c"; }
        {
          name = "main";
          image = "b";
          env = [ { name = "X"; value = "1"; } { name = "Y"; value = "2"; } ];
        }
      ];
    };
    numberedLists = {
      actual = contentOf [ (spec { args = { _numberedlist = true; "10" = "k"; "9" = "j"; "0" = "a"; }; }) ];
      expected.args = [ "a" "j" "k" ];
    };
    aNamedListChangesAList = {
      actual = contentOf (listOf [
        { containers = [ { name = "z"; image = "1"; } { name = "a"; image = "2"; } ]; }
        { containers = mkNamedList { a.image = lib.mkForce "3"; m.image = "4"; }; }
      ]);
      expected.containers = [
        { name = "z"; image = "1"; }
        { name = "a"; image = "3"; }
        { name = "m"; image = "4"; }
      ];
    };
    aNumberedListChangesAList = {
      actual = contentOf (listOf [ { l = [ { x = 1; } { x = 2; } ]; } { l = mkNumberedList { "1".y = 3; }; } ]);
      expected.l = [ { x = 1; } { x = 2; y = 3; } ];
    };
    listsToAttrsAndBack = {
      actual =
        let
          l = (render [ ]).lib;
          object = {
            kind = "Pod";
            containers = [ { name = "a"; args = [ "x" "y" ]; } ];
            initContainers = [ { name = "z"; } { name = "b"; } ];
          };
          sets = l.walkWithPath (l.kubeListsToAttrs object) object;
        in
        {
          inherit sets;
          same = l.walkWithPath l.kubeAttrsToLists sets == object;
          crd = l.walkWithPath (l.kubeListsToAttrs crd) crd == crd;
        };
      expected = {
        same = true;
        crd = true;
        sets = {
          kind = "Pod";
          containers = { _namedlist = true; a.args = { _numberedlist = true; "0" = "x"; "1" = "y"; }; };
          initContainers = { _numberedlist = true; "0".name = "z"; "1".name = "b"; };
        };
      };
    };
    generatorsTransformersFilters = {
      actual = map (object: "${object.kind}/${object.metadata.name}/${object.mark or ""}") (objects [
        {
          kubernetes.objects.shop = { Deployment.web = { }; Secret.hidden = { }; };
          kubernetes.generators = [
            (object: if object.kind == "Deployment" then object // { kind = "Service"; apiVersion = "v1"; } else { })
          ];
          kubernetes.transformers = [ (object: object // { mark = "t"; }) ];
          kubernetes.filters = [ (object: object.metadata.name != "hidden") ];
        }
      ]);
      expected = [ "Service/web/t" "Deployment/web/t" ];
    };
    kindsAreInTheOrderOfTheirPriority = {
      actual = map (object: object.kind) (objects [
        {
          kubernetes.objects.shop = {
            Deployment.a = { };
            Service.a = { };
            ConfigMap.a = { };
            Shop.a.apiVersion = "example.org/v1";
            ValidatingWebhookConfiguration.a = { };
          };
          kubernetes.objects.none.Namespace.shop = { };
          kluctl.resourcePriority.Service = 900;
        }
      ]);
      expected = [ "Namespace" "ConfigMap" "Deployment" "Service" "Shop" "ValidatingWebhookConfiguration" ];
    };
    crdsAreRenderedAsTheyAre = {
      actual = objects [ { kubernetes.crds = [ crd ]; } ];
      expected = [ crd ];
    };
    importsTellTheirKinds = {
      actual = map (object: "${object.apiVersion}/${object.kind}/${object.metadata.name}") (objects [
        {
          importyaml.shops.src = builtins.toFile "shops.json" (
            builtins.toJSON [
              crd
              { apiVersion = "v1"; kind = "List"; items = [ { apiVersion = "v1"; kind = "Secret"; metadata.name = "s"; } ]; }
            ]
          );
          kubernetes.objects.default.Shop.mine = { };
        }
      ]);
      expected = [
        "v1/Secret/s"
        "apiextensions.k8s.io/v1/CustomResourceDefinition/shops.example.org"
        "example.org/v1/Shop/mine"
      ];
    };
    importsCanBeChanged = {
      actual = (only [
        {
          importyaml.web = {
            src = builtins.toFile "web.json" (
              builtins.toJSON {
                apiVersion = "apps/v1";
                kind = "Deployment";
                metadata = { name = "web"; namespace = "shop"; };
                spec.template.spec.containers = [ { name = "main"; image = "a"; args = [ "x" "y" ]; } ];
              }
            );
            overrides = [ (object: object // { extra = true; }) ];
          };
        }
        { kubernetes.objects.shop.Deployment.web.spec.template.spec.containers.main = { image = lib.mkForce "b"; args."1" = lib.mkForce "z"; }; }
      ]);
      expected = {
        apiVersion = "apps/v1";
        kind = "Deployment";
        metadata = { name = "web"; namespace = "shop"; };
        spec.template.spec.containers = [ { name = "main"; image = "b"; args = [ "x" "z" ]; } ];
        extra = true;
      };
    };
    oldAndNewNamesOfDeployment = {
      actual =
        let
          pick = modules: removeAttrs (render modules).deployment [ "resourcePriority" "cacheTimeoutSec" "cacheAcceptNewHostKeys" "fieldManager" ];
        in
        [
          (pick [
            {
              kluctl = {
                discriminator = "shop";
                pushManifest = { enable = true; to = "ssh://root@cache"; failCachePush = false; };
                preDeployScript = "echo before";
                postDeployScript = "echo after";
              };
            }
          ])
          (pick [ { ekn = { environment = "staging"; cacheTo = "file:///cache"; preApplyCommand = "true"; assertCached = [ ]; }; } ])
          (pick [ { berth = { environment = "staging"; cacheTo = [ "file:///cache" ]; preApplyCommand = "true"; assertCached = [ ]; }; } ])
        ];
      expected =
        let
          new = {
            assertCached = [ ];
            cacheTo = [ "file:///cache" ];
            discriminator = "staging";
            environment = "staging";
            failCachePush = true;
            preApplyCommand = "true";
            preDeployScript = "";
            postDeployScript = "";
          };
        in
        [
          {
            assertCached = [ "ssh://root@cache" ];
            cacheTo = [ "ssh://root@cache" ];
            discriminator = "shop";
            environment = null;
            failCachePush = false;
            preApplyCommand = null;
            preDeployScript = "echo before";
            postDeployScript = "echo after";
          }
          new
          new
        ];
    };
    changesOfWhatThereMayBe = {
      actual =
        let
          l = (render [ ]).lib;
        in
        objects [
          { kubernetes.objects.shop.Deployment.web.content = { replicas = 1; keep = true; }; }
          {
            kubernetes.objects = lib.mkMerge [
              (l.mkIfExistsAtPath "shop.Deployment.web" { content = { replicas = lib.mkForce 3; absent = l.mkIfExists { a = 1; }; }; })
              (l.mkIfExistsAtPath [ "shop" "Deployment" "gone" ] { content.replicas = 3; })
              (l.mkIfExistsAtPath "elsewhere.Deployment.web" { content.replicas = 3; })
            ];
          }
        ];
      expected = [
        {
          apiVersion = "apps/v1";
          kind = "Deployment";
          metadata = { name = "web"; namespace = "shop"; };
          content = { replicas = 3; keep = true; };
        }
      ];
    };
    numberedListsOfTexts = {
      actual = contentOf (listOf [ { args = [ "a" "b" ]; } { args = mkNumberedList { "1" = lib.mkForce "c"; }; } ]);
      expected.args = [ "a" "c" ];
    };
    namesOfOlderTools = {
      actual =
        let
          made = render [
            { _class = "kubernetes"; kluctl.package = "x"; validation.podSubnet = "10.0.0.0/8"; pushManifest = { enable = true; to = "file:///c"; }; }
            ({ ekn, config, ... }: {
              ekn.discriminator = "old";
              kubernetes.templates.app = name: { data.name = name; };
              kubernetes.objects.shop.Secret.s = ekn.envSeeded { stringData.p = ekn.envSeed "PASSWORD"; ekn = { }; };
              kubernetes.objects.shop.ConfigMap.c = config.kubernetes.templates.app "c";
            })
          ];
        in
        {
          inherit (made.deployment) discriminator cacheTo;
          objects = map (object: removeAttrs object [ "apiVersion" ]) made.manifestAttrs.items;
        };
      expected = {
        discriminator = "old";
        cacheTo = [ "file:///c" ];
        objects = [
          {
            kind = "Secret";
            metadata = { name = "s"; namespace = "shop"; annotations."ekn.dev/env-0" = "PASSWORD"; };
            stringData.p = "$ekn:env:PASSWORD";
          }
          { kind = "ConfigMap"; metadata = { name = "c"; namespace = "shop"; }; data.name = "c"; }
        ];
      };
    };
    yamlIsReadByItsVersion = {
      actual = map (object: object.mode or null) (
        (stubbed [ { importyaml.old = { src = configMaps; yamlVersion = "yaml11"; }; } ]).manifestAttrs.items
        ++ (stubbed [ { importyaml.new.src = configMaps; } ]).manifestAttrs.items
      );
      expected = [ 420 null 644 null ];
    };
    helmIsToldOfTheRelease = {
      actual =
        let
          items =
            (stubbed [
              {
                helm.releases.web = {
                  chart = ./stub;
                  namespace = "shop";
                  values.replicas = 2;
                  includeCRDs = true;
                  noHooks = true;
                  apiVersions = [ "example.org/v1" ];
                  overrides = [ (object: object // { seen = true; }) ];
                };
                kubernetes.package.version = "1.34.0";
                kubernetes.objects.shop.ConfigMap.told.data.values.replicas = lib.mkForce 3;
                kubernetes.objects.shop.Shop.mine = { };
              }
            ]).manifestAttrs.items;
          told = builtins.head (builtins.filter (object: object.kind == "ConfigMap") items);
          words = builtins.filter builtins.isString (builtins.split " " told.data.arguments);
        in
        {
          arguments = builtins.filter (word: builtins.match "/.*" word == null) words;
          inherit (told.data) values;
          all = map (object: "${object.apiVersion} ${object.kind} ${toString (object.seen or false)}") items;
        };
      expected = {
        arguments = [
          "template"
          "web"
          "--namespace"
          "shop"
          "--kube-version"
          "1.34.0"
          "--include-crds"
          "--no-hooks"
          "--api-versions"
          "example.org/v1"
          "--values"
        ];
        values.replicas = 3;
        all = [
          "v1 Namespace 1"
          "v1 ConfigMap 1"
          "apiextensions.k8s.io/v1 CustomResourceDefinition 1"
          "example.org/v1 Shop "
        ];
      };
    };
    yamlReadsAlikeEverywhere = {
      actual = (render [ { kubernetes.objects.a.ConfigMap.b.data = { on = "no"; e = { }; l = [ [ 1 { x = "0644"; y = [ ]; } ] ]; t = "a\n\"b\": c"; }; } ]).manifestYAML;
      expected = ''
        ---
        apiVersion: "v1"
        data:
          e: {}
          l:
            - - 1
              - x: "0644"
                "y": []
          "on": "no"
          t: "a\n\"b\": c"
        kind: "ConfigMap"
        metadata:
          name: "b"
          namespace: "a"
      '';
    };
    specialArgumentsReachModules = {
      actual =
        (import ../. {
          inherit lib;
          specialArgs.colour = "blue";
          modules = [ ({ colour, config, ... }: { kubernetes.objects.a.ConfigMap.b.data = { inherit colour; }; }) ];
        }).manifestAttrs.items;
      expected = objects [ { kubernetes.objects.a.ConfigMap.b.data.colour = "blue"; } ];
    };
    derivationsAreTheirPaths = {
      actual = (contentOf [ (spec { p = derivation { name = "x"; system = "s"; builder = "/b"; }; }) ]).p;
      expected = "${derivation { name = "x"; system = "s"; builder = "/b"; }}";
    };
  };

  mistakes = {
    unknownKind = {
      value = objects [ { kubernetes.objects.shop.Shop.a = { }; } ];
      says = "kubernetes.objects.shop.Shop.a.: no apiVersion is known for the kind .Shop.; set its apiVersion, or kubernetes.apiMappings.Shop";
    };
    kindInSmallLetters = {
      value = objects [ { kubernetes.objects.shop.deployments.a = { }; } ];
      says = "did you mean Deployment";
    };
    conflict = {
      value = objects [ { _file = "one.nix"; imports = [ (spec { replicas = 1; }) ]; } { _file = "two.nix"; imports = [ (spec { replicas = 2; }) ]; } ];
      says = "kubernetes.objects.shop.Deployment.web.content.replicas. has conflicting definitions; keep one, or make one win with lib.mkForce";
    };
    listAndSet = {
      value = objects (listOf [ { containers = [ { name = "a"; } ]; } { containers.a.image = "x"; } ]);
      says = "is a list in one place and a set in another; a set that stands for a list has ._namedlist = true.";
    };
    elementWithoutName = {
      value = objects (listOf [ { containers = [ { image = "a"; } ]; } { containers = mkNamedList { a.image = "x"; }; } ]);
      says = "has an element without a name";
    };
    aLevelIsMissing = {
      value = objects [ { kubernetes.objects.Deployment.web.replicas = 3; } ];
      says = "is 3, not a Kubernetes object; is a level of <namespace>.<Kind>.<name> missing";
    };
    aListOfObjects = {
      value = objects [ { kubernetes.objects.shop.Secret = [ { } ]; } ];
      says = "is a list in .*; it is to be kubernetes.objects.<namespace>.<Kind>.<name>, here a set by name";
    };
    aFunctionInAnObject = {
      value = objects [ (spec (x: x)) ];
      says = "is a function in .*, which is no Kubernetes value";
    };
    noKind = {
      value = objects [ (web { }) { kubernetes.transformers = [ (object: removeAttrs object [ "kind" ]) ]; } ];
      says = "object ./web: it has no kind";
    };
    unknownOption = {
      value = objects [ { kubernetes.objekts = { }; } ];
      says = "The option .kubernetes.objekts. does not exist";
    };
    wrongType = {
      value = (render [ { kluctl.discriminator = 3; } ]).deployment;
      says = "berth.discriminator. is not .*(text|string)";
    };
    badNumber = {
      value = objects [ (spec { l = { _numberedlist = true; x = 1; }; }) ];
      says = "kubernetes.objects.shop.Deployment.web.content.l: 'x' of this numbered list is no number";
    };
    elementOfANamedListThatIsNoSet = {
      value = objects [ (spec { l = mkNamedList { a = "x"; }; }) ];
      says = "kubernetes.objects.shop.Deployment.web.content.l: 'a' of this named list is string, not a set";
    };
    noSetAmongListAndNamedList = {
      value = objects (listOf [ { l = [ { name = "b"; } ]; } { l = mkNamedList { a = "x"; }; } ]);
      says = "kubernetes.objects.shop.Deployment.web.content.l.a. is \"x\"; an element of a named list is a set";
    };
    aFilterThatIsNoFunction = {
      value = objects [ (web { }) { kubernetes.filters = [ "x" ]; } ];
      says = "kubernetes.filters.*is not .*a function of an object";
    };
    aFilterThatSaysNothing = {
      value = objects [ (web { }) { kubernetes.filters = [ (object: null) ]; } ];
      says = "kubernetes.filters.: a function gave null for an object, and is to give true or false";
    };
    aTransformerWithoutAnObject = {
      value = objects [ (web { }) { kubernetes.transformers = [ (object: null) ]; } ];
      says = "kubernetes.transformers.: a function gave null for an object, and is to give an object";
    };
    aGeneratorOfAList = {
      value = objects [ (web { }) { kubernetes.generators = [ (object: [ ]) ]; } ];
      says = "kubernetes.generators.: a function gave a list for an object, and is to give an object, or";
    };
    failedAssertion = {
      value = objects [ { assertions = [ { assertion = false; message = "no shop without a till"; } ]; } ];
      says = "no shop without a till";
    };
    pushToNowhere = {
      value = objects [ { kluctl.pushManifest.enable = true; } ];
      says = "kluctl.pushManifest.to names no store";
    };
    removedOption = {
      value = objects [ { kubernetes.namespacedMappings = { }; } ];
      says = "kubernetes.namespacedMappings.*remove it";
    };
    deploymentUnits = {
      value = objects [ { deployment.units.apps.path = "./apps"; } ];
      says = "deployment. .*commits nothing to branches";
    };
    routedObject = {
      value = objects [ (web { ekn.deploymentUnit = "apps"; }) ];
      says = "object Deployment/web: its .ekn. routes it to a deployment unit";
    };
    encryptedObject = {
      value = objects [ (web { sops.mac = "x"; }) ];
      says = "object Deployment/web: it is encrypted by SOPS";
    };
    cachePackage = {
      value = objects [ { ekn.cachePackage = "x"; } ];
      says = "What is pushed are the store paths that the objects name";
    };
    filesOfKluctl = {
      value = objects [ { kluctl.files."x.yaml" = "a: b"; } ];
      says = "kluctl.files. .*importyaml";
    };
    badSeed = {
      value = objects [ ({ ekn, ... }: web { a = ekn.envSeed "a b"; }) ];
      says = "\"a b\" is no name of an environment variable";
    };
    badPath = {
      value = (render [ ]).lib.mkIfExistsAtPath "a..b" { };
      says = "name with a dot in it needs a list";
    };
    yamlWithoutNixpkgs = {
      value = objects [ { importyaml.maps.src = configMaps; } ];
      says = "importyaml-maps: .*YAML is read by programs of nixpkgs.*berth render .*--format json";
    };
    packagesWithoutNixpkgs = {
      value = objects [ ({ pkgs, ... }: { kubernetes.objects.a.ConfigMap.b.data.c = "${pkgs.hello}"; }) ];
      says = "this manifest needs nixpkgs: pass .pkgs.";
    };
  };
}
