"""ApplicationSets beside the Applications that they generate, in both template languages."""

from __future__ import annotations

import pytest

from discover.conftest import Discover
from discover.declare import URL, application_set, ids, messages
from gitrepo import GitRepo

LIST = """\
- list:
    elements:
      - {name: one, size: 3, big: true}
      - {name: two, size: 1, big: false}
"""
TEAMS = {
    "teams/red/config.yaml": "team: {name: red, size: 2}\n",
    "teams/blue/config.json": '[{"team": {"name": "blue"}}, {"team": {"name": "navy"}}]',
    "teams/blue/deep/config.yaml": "team: {name: deep}\n",
    "teams/old/readme.md": "gone\n",
    "teams/.hidden/a.yaml": "a: b\n",
}
GIT_DIRECTORIES = f"""\
- git:
    repoURL: {URL}
    revision: HEAD
    directories:
      - {{path: teams/old, exclude: true}}
      - {{path: teams/*}}
"""
GIT_FILES = f"""\
- git:
    repoURL: {URL}
    revision: HEAD
    files: [{{path: "teams/*/config.*"}}, {{path: "teams/*/deep/*", exclude: true}}]
"""
GOLD = "- clusters: {selector: {matchLabels: {tier: gold}}}\n"
MATRIX = f"""\
- matrix:
    generators:
      - clusters: {{selector: {{matchLabels: {{tier: gold}}}}}}
      - git:
          repoURL: {URL}
          directories: [{{path: teams/*}}, {{path: teams/old, exclude: true}}]
"""
MATRIX_THAT_ASKS = f"""\
- matrix:
    generators:
      - list: {{elements: [{{team: red}}, {{team: none}}]}}
      - git:
          repoURL: {URL}
          files: [{{path: "teams/{{{{.team}}}}/config.yaml"}}]
          values: {{id: "{{{{.team.name}}}}-{{{{.path.basename}}}}"}}
"""
NESTED = """\
- matrix:
    generators:
      - matrix:
          generators:
            - clusters: {selector: {matchLabels: {region: us}}}
            - list: {elements: [{tier: x}, {tier: z}]}
      - merge:
          mergeKeys: [size]
          generators:
            - list: {elements: [{size: s, nodes: "1"}, {size: l, nodes: "2"}]}
            - list: {elements: [{size: l, nodes: "9"}]}
  selector: {matchLabels: {nodes: "9"}}
"""
MERGE = """\
- merge:
    mergeKeys: [name]
    generators:
      - clusters: {values: {size: small, zone: a}}
      - list: {elements: [{name: us, values: {size: large}}, {name: none}]}
"""
SELECTED = """\
- clusters: {}
  selector: {matchExpressions: [{key: metadata.labels.region, operator: In, values: [us]}]}
"""
TWO_GIT_GENERATORS = f"""\
- matrix:
    generators:
      - git: {{repoURL: {URL}, directories: [{{path: teams/red}}], pathParamPrefix: team}}
      - git: {{repoURL: {URL}, directories: [{{path: plain}}], pathParamPrefix: kind}}
"""

STAGES_AND_DEFAULTS = """\
- matrix:
    generators:
      - list: {elements: [{stage: test, cpu: 1, at: {a: x}}, {stage: prod, debug: false}]}
      - list: {elements: [{cpu: 2, debug: true, at: {a: z, b: z}}]}
"""

GENERATED = {
    "list": (LIST, "app-{{.name}}-{{.size}}", ["app-one-3", "app-two-1"]),
    "list in YAML": (
        "- list: {elementsYaml: '[{name: x}, {name: z}]'}\n",
        "{{.name}}",
        ["x", "z"],
    ),
    "clusters": (GOLD, "{{.name}}-{{.metadata.labels.region}}", ["eu-eu", "us-us"]),
    "all clusters": ("- clusters: {}\n", "{{.nameNormalized}}", ["eu", "lab", "us"]),
    "clusters as one": (
        "- clusters: {flatList: true}\n",
        "{{ range .clusters }}{{ .name }}-{{ end }}x",
        ["eu-lab-us-x"],
    ),
    "values over parameters": (
        '- clusters: {selector: {matchLabels: {region: us}}, values: {a: "{{.name}}-1"}}\n',
        "{{.values.a}}",
        ["us-1"],
    ),
    "directories": (
        GIT_DIRECTORIES,
        "{{.path.basename}}-{{index .path.segments 0}}",
        ["blue-teams", "red-teams"],
    ),
    "files": (
        GIT_FILES,
        "{{.team.name}}-{{.path.basename}}-{{.path.filenameNormalized}}",
        ["blue-blue-config.json", "navy-blue-config.json", "red-red-config.yaml"],
    ),
    "a file of the root": (
        f"- git: {{repoURL: {URL}, files: [{{path: trunkline.yaml}}]}}\n",
        "{{ len .clusters }}{{ .path.path }}a",
        ["3.a"],
    ),
    "matrix": (MATRIX, "{{.name}}-{{.path.basename}}", ["eu-blue", "eu-red", "us-blue", "us-red"]),
    "the second of a matrix asks the first": (MATRIX_THAT_ASKS, "{{.values.id}}", ["red-red"]),
    "the first of a matrix overrides the second": (
        STAGES_AND_DEFAULTS,
        "{{.stage}}-{{.cpu}}-{{.debug}}-{{.at.a}}{{.at.b}}",
        ["prod-2-false-zz", "test-1-true-xz"],
    ),
    "matrix and merge in a matrix": (
        NESTED,
        "{{.name}}-{{.tier}}-{{.size}}-{{.nodes}}",
        ["us-x-l-9", "us-z-l-9"],
    ),
    "two git generators": (
        TWO_GIT_GENERATORS,
        "{{.team.path.basename}}-{{.kind.path.basename}}",
        ["red-plain"],
    ),
    "merge": (
        MERGE,
        "{{.name}}-{{.values.size}}-{{.values.zone}}",
        ["eu-small-a", "lab-small-a", "us-large-a"],
    ),
    "selector": (SELECTED, "{{.name}}", ["us"]),
    "conditions": (
        LIST,
        "{{ .name }}-{{ if .big }}yes{{ else }}no{{ end }}",
        ["one-yes", "two-no"],
    ),
    "sprig": (LIST, '{{ .name | upper | lower | replace "o" "0" }}', ["0ne", "tw0"]),
    "normalize": (LIST, '{{ printf "%s/X" .name | normalize }}', ["one-x", "two-x"]),
    "slugify with all its arguments": (
        '- list: {elements: [{name: "Größe & Maß: Zürich-Süd"}]}\n',
        (
            "{{ slugify .name }}.{{ slugify 9 .name }}.{{ slugify 12 true .name }}."
            "{{ .name | slugify 20 false | upper | lower }}"
        ),
        ["grosse-and-mass-zurich-sud.grosse-an.grosse-and.grosse-and-mass-zur"],
    ),
    "JSON and YAML of any shape": (
        '- list: {elements: [{name: "[1,2]"}]}\n',
        (
            "a{{ index (fromJson .name) 1 }}-"
            "{{ index (fromYamlArray .name) 0 }}{{ toJson .name | len }}"
        ),
        ["a2-17"],
    ),
    "slugify": (LIST, '{{ slugify 5 true (printf "%s X & Y" .name) }}', ["one-x", "two-x"]),
    "two generators": (LIST + GOLD, "{{.name}}", ["eu", "one", "two", "us"]),
    "a template of its own": (
        (
            "- list: {elements: [{name: a}], template: {metadata: {name: '{{.name}}-own'}}}\n"
            "- list: {elements: [{name: b}]}\n"
        ),
        "{{.name}}",
        ["a-own", "b"],
    ),
}


@pytest.mark.parametrize(
    ("generators", "name", "expected"), GENERATED.values(), ids=GENERATED.keys()
)
async def test_go_templates(
    discover: Discover, generators: str, name: str, expected: list[str]
) -> None:
    name = name.replace("'", "''")
    found = await discover({**TEAMS, "set.yaml": application_set(generators, name)})
    assert (ids(found), messages(found)) == (expected, [])


OLDER = {
    "list": (LIST, "app-{{name}}-{{ size }}-{{big}}", ["app-one-3-true", "app-two-1-false"]),
    "clusters": (GOLD, "{{name}}-{{metadata.labels.region}}", ["eu-eu", "us-us"]),
    "values": (
        '- clusters: {selector: {matchLabels: {region: us}}, values: {a: "{{name}}-1"}}\n',
        "{{values.a}}",
        ["us-1"],
    ),
    "directories": (GIT_DIRECTORIES, "{{path.basename}}-{{path[0]}}", ["blue-teams", "red-teams"]),
    "files": (GIT_FILES, "{{team.name}}-{{path.basename}}", ["blue-blue", "navy-blue", "red-red"]),
    "matrix": (MATRIX, "{{name}}-{{path.basename}}", ["eu-blue", "eu-red", "us-blue", "us-red"]),
    "the second of a matrix asks the first": (
        MATRIX_THAT_ASKS.replace("{{.", "{{"),
        "{{values.id}}",
        ["red-red"],
    ),
    "matrix and merge in a matrix": (
        NESTED,
        "{{name}}-{{tier}}-{{size}}-{{nodes}}",
        ["us-x-l-9", "us-z-l-9"],
    ),
    "two git generators": (
        TWO_GIT_GENERATORS,
        "{{team.path.basename}}-{{kind.path.basename}}",
        ["red-plain"],
    ),
    "merge": (
        MERGE,
        "{{name}}-{{values.size}}-{{values.zone}}",
        ["eu-small-a", "lab-small-a", "us-large-a"],
    ),
    "selector": (SELECTED, "{{name}}", ["us"]),
}


@pytest.mark.parametrize(("generators", "name", "expected"), OLDER.values(), ids=OLDER.keys())
async def test_the_older_templates(
    discover: Discover, generators: str, name: str, expected: list[str]
) -> None:
    generators = generators.replace("{team: red}, {team: none}", "{team: red}")
    found = await discover({**TEAMS, "set.yaml": application_set(generators, name, go=False)})
    assert (ids(found), messages(found)) == (expected, [])


# https://masterminds.github.io/sprig/, but for what asks the machine.
SPRIG = """
abbrev abbrevboth add add1 add1f addf adler32sum ago all any append atoi b32dec b32enc b64dec b64enc
base bcrypt biggest buildCustomCert camelcase cat ceil chunk clean coalesce compact concat contains
date date_in_zone date_modify dateInZone dateModify decryptAES deepCopy deepEqual default
derivePassword dict dig dir div divf duration durationRound empty encryptAES ext fail first float64
floor fromJson fromYaml fromYamlArray genCA genCAWithKey genPrivateKey genSelfSignedCert
genSelfSignedCertWithKey genSignedCert genSignedCertWithKey get has hasKey hasPrefix hasSuffix hello
htmlDate htmlDateInZone htpasswd indent initial initials int int64 isAbs join kebabcase keys kindIs
kindOf last list lower max maxf merge mergeOverwrite min minf mod mul mulf must_date_modify
mustAppend mustChunk mustCompact mustDateModify mustDeepCopy mustFirst mustFromJson mustHas
mustInitial mustLast mustMerge mustMergeOverwrite mustPrepend mustPush mustRegexFind
mustRegexFindAll mustRegexMatch mustRegexReplaceAll mustRegexReplaceAllLiteral mustRegexSplit
mustRest mustReverse mustSlice mustToDate mustToJson mustToPrettyJson mustToRawJson mustUniq
mustWithout nindent nospace normalize now omit osBase osClean osDir osExt osIsAbs pick pluck plural
prepend push quote randAlpha randAlphaNum randAscii randBytes randInt randNumeric regexFind
regexFindAll regexMatch regexQuoteMeta regexReplaceAll regexReplaceAllLiteral regexSplit repeat
replace rest reverse round semver semverCompare seq set sha1sum sha256sum sha512sum shuffle slice
slugify snakecase sortAlpha split splitList splitn squote sub subf substr swapcase ternary title
toDate toDecimal toJson toPrettyJson toRawJson toString toStrings toYaml trim trimAll trimPrefix
trimSuffix trimall trunc tuple typeIs typeIsLike typeOf uniq unixEpoch unset until untilStep
untitle upper urlJoin urlParse uuidv4 values without wrap wrapWith
"""


async def test_every_function_of_sprig_is_there(discover: Discover) -> None:
    calls = "".join(f"{{{{ {one} }}}}" for one in SPRIG.split())
    text = application_set(LIST, f"{{{{ if false }}}}{calls}{{{{ end }}}}{{{{ .name }}}}")
    found = await discover({"set.yaml": text})
    assert (ids(found), messages(found)) == (["one", "two"], [])


STRICT = "goTemplateOptions: [missingkey=error]\n"
MISSING = "{0} is missing, and missingkey=error is asked for"


@pytest.mark.parametrize(
    ("name", "said"),
    [
        (
            "{{ .name }}-{{ if .big }}b{{ end }}-{{ range $at, $x := .list }}{{ $x.of }}{{ end }}",
            "",
        ),
        ("x{{ if .bigg }}y{{ end }}", MISSING.format(".bigg")),
        ('{{ .nam | default "x" }}', MISSING.format(".nam")),
        ("{{ range .list }}{{ $.name }}{{ .off }}{{ end }}", MISSING.format(".off")),
        ("a{{ if .nothing }}b{{ end }}", ""),
        ("{{ if false }}{{ .never.asked }}{{ end }}{{ .name }}", ""),
    ],
    ids=["all there", "only decides", "has a default", "in a loop", "null is there", "never asked"],
)
async def test_a_missing_key_may_be_an_error(discover: Discover, name: str, said: str) -> None:
    one = "- list: {elements: [{name: one, big: true, nothing: null, list: [{of: x}]}]}\n"
    text = application_set(one, name.replace("'", "''"), spec=STRICT)
    found = await discover({"set.yaml": text})
    assert [one for one in messages(found) if "missing" in one] == (
        [f"ApplicationSet set: {name}: {said}"] if said else []
    )
    assert bool(found.components) is not bool(said)


EMPTY = {
    "- clusters: {selector: {matchLabels: {region: ap}}}\n": "no known cluster fits",
    "- matrix:\n    generators:\n    - clusters: {selector: {matchLabels: {region: ap}}}\n"
    "    - list: {elements: [{x: a}]}\n": "no known cluster fits",
    f"- git: {{repoURL: {URL}, revision: HEAD, directories: [{{path: none/*}}]}}\n": "nothing fits",
}


@pytest.mark.parametrize("generators", EMPTY)
async def test_a_set_that_makes_nothing_says_why(discover: Discover, generators: str) -> None:
    found = await discover({"set.yaml": application_set(generators, "x")})
    assert found.components == ()
    said = f"ApplicationSet set makes no Application: {EMPTY[generators]} its generators"
    assert messages(found) == [said]


async def test_every_field_may_be_a_template(discover: Discover) -> None:
    text = application_set(LIST).replace(
        "path: plain", "path: '{{.name}}/{{.size}}', helm: {releaseName: 'r-{{.name}}'}"
    )
    found = await discover({"set.yaml": text, "one/3/a.yaml": "", "two/1/a.yaml": ""})
    assert [(one.sources[0].path, one.sources[0].helm) for one in found.components] == [
        ("one/3", {"releaseName": "r-one"}),
        ("two/1", {"releaseName": "r-two"}),
    ]


PATCH = """\
templatePatch: |
  spec:
    {{- if eq .name "two" }}
    destination: {name: us}
    {{- end }}
    syncPolicy: {automated: {prune: {{ .big }}}}
"""


async def test_a_template_patch_is_laid_over_the_template(discover: Discover) -> None:
    found = await discover({"set.yaml": application_set(LIST, spec=PATCH)})
    assert [(one.destination.name, one.policy.prune) for one in found.components] == [
        ("eu", True),
        ("us", False),
    ]


async def test_a_patch_joins_finalizers_and_leaves_the_project(discover: Discover) -> None:
    patch = """\
templatePatch: |
  metadata: {finalizers: [mine.test/a], labels: {size: "{{ .size }}"}}
  spec: {project: theirs}
"""
    text = application_set(LIST, spec=patch).replace(
        "metadata: {name: '{{.name}}'}", "metadata: {name: '{{.name}}', finalizers: [f.test/b]}"
    )
    one, _ = (await discover({"set.yaml": text})).components
    assert (one.project, one.finalizers, one.labels) == (
        "default",
        ("f.test/b", "mine.test/a"),
        {"size": "3"},
    )


@pytest.mark.parametrize(
    ("spec", "finalizers"),
    [
        ("", ("resources-finalizer.argocd.argoproj.io",)),
        ("syncPolicy: {preserveResourcesOnDeletion: true}\n", ()),
    ],
    ids=["deleted with the set", "preserved"],
)
async def test_what_becomes_of_the_objects(
    discover: Discover, spec: str, finalizers: tuple[str, ...]
) -> None:
    found = await discover({"set.yaml": application_set(LIST, spec=spec)})
    assert {one.finalizers for one in found.components} == {finalizers}


async def test_an_older_revision_is_read_as_it_was(discover: Discover, repo: GitRepo) -> None:
    await discover({"teams/red/a.yaml": ""})
    repo.git("tag", "v1")
    generators = GIT_DIRECTORIES.replace("HEAD", "v1")
    text = application_set(generators, "{{.path.basename}}")
    found = await discover({"set.yaml": text, "teams/blue/a.yaml": ""})
    assert (ids(found), messages(found)) == (["red"], [])


LOCAL = "clusters:\n  - {name: in-cluster}\n  - {name: eu, server: https://eu.test}\n"
MARKED = "- clusters: {selector: {matchLabels: {argocd.argoproj.io/secret-type: cluster}}}\n"
NOT_US = "- clusters: {selector: {matchExpressions: [{key: us, operator: DoesNotExist}]}}\n"


@pytest.mark.parametrize(
    ("generators", "settings", "expected"),
    [
        ("- clusters: {}\n", LOCAL, ["eu", "in-cluster"]),
        (MARKED, LOCAL, ["eu"]),
        (NOT_US, LOCAL, ["eu"]),
        (MARKED, LOCAL.replace("in-cluster", "hub") + "metaCluster: hub\n", ["eu"]),
        (MARKED, LOCAL.replace("in-cluster}", "in-cluster, labels: {a: b}}"), ["eu", "in-cluster"]),
        (MARKED, "clusters: [{name: only, server: https://only.test}]\n", ["only"]),
    ],
    ids=["all", "marked", "without a label", "another name", "labelled", "the only one"],
)
async def test_no_selector_picks_the_meta_cluster_that_nobody_labelled(
    discover: Discover, generators: str, settings: str, expected: list[str]
) -> None:
    text = application_set(generators).replace("name: eu,", "server: '{{.server}}',")
    found = await discover({"set.yaml": text, "trunkline.yaml": settings})
    assert (ids(found), messages(found)) == (expected, [])
