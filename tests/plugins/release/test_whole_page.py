"""The page of a line, compared whole: each cell of each version, and all around them."""

from __future__ import annotations

import re
from typing import Any

import pytest

from affidavit_release.report_page import _STYLE, report_page
from release_world import World

PAGE = """\
<!doctype html><html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src \
'unsafe-inline'">
<meta name="viewport" content="width=device-width,initial-scale=1">
<title>shop: releases</title><style>STYLE</style></head><body>
<main><h1>shop: v1.0.0 is live in prod</h1>
<p>5 version(s), 2 in the graveyard. 63 records, \

verified [at]; \

rules <code>[rules]</code>.</p>
<div class="wide" tabindex="0" role="region" aria-label="Versions"><table>
<thead><tr><th scope=col>version</th>
<th scope=col>dev</th>
<th scope=col>qa</th>
<th scope=col>uat</th>
<th scope=col>prod</th>
<th scope=col>dr</th>
<th scope=col>fate</th></tr></thead><tbody>
<tr><th scope=row>v1.0.4<small></small>
<small>commit <code>[commit v1.0.4]</code></small>
<small>digest <code>[digest v1.0.4]</code></small>
<small>not in the vault</small></th>
<td></td>
<td></td>
<td></td>
<td></td>
<td></td>
<td>under way</td></tr>
<tr><th scope=row>v1.0.3<small></small>
<small>commit <code>[commit v1.0.3]</code></small>
<small>digest <code>[digest v1.0.3]</code></small>
<small>every byte is as it was signed</small></th>
<td><b class="open">under way</b></td>
<td></td>
<td></td>
<td></td>
<td></td>
<td>under way</td></tr>
<tr><th scope=row>v1.0.2<small>v1.0.2-qa.1, v1.0.2-rc.1</small>
<small>commit <code>[commit v1.0.2]</code></small>
<small>digest <code>[digest v1.0.2]</code></small>
<small>every byte is as it was signed</small></th>
<td><b class="live">live</b><small>[at]</small></td>
<td><b class="live">live</b><small>[at]</small></td>
<td><small>approved by quinn, [at]: it is good</small><b class="rejected">rejected</b> <b \
class="live">live</b><small>[at]</small></td>
<td></td>
<td></td>
<td>died in uat<small>[at] by morgan: it costs &lt;b&gt;more&lt;/b&gt;</small></td></tr>
<tr><th scope=row>v1.0.1<small>v1.0.1-qa.1</small>
<small>commit <code>[commit v1.0.1]</code></small>
<small>digest <code>[digest v1.0.1]</code></small>
<small>every byte is as it was signed</small></th>
<td><b class="passed">passed</b><small>[at]</small></td>
<td><b class="failed">failed</b> </td>
<td></td>
<td></td>
<td></td>
<td>died in qa<small>[at]: SmokeFailed</small></td></tr>
<tr><th scope=row>v1.0.0<small>v1.0.0-qa.1, v1.0.0-rc.1</small>
<small>commit <code>[commit v1.0.0]</code></small>
<small>digest <code>[digest v1.0.0]</code></small>
<small>every byte is as it was signed</small></th>
<td><b class="passed">passed</b><small>[at]</small></td>
<td><b class="passed">passed</b><small>[at]</small></td>
<td><small>approved by quinn, [at]: it is good</small><b \
class="passed">passed</b><small>[at]</small></td>
<td><small>approved by morgan, [at]: it is good</small><b \
class="live">live</b><small>[at]</small></td>
<td><b class="live">live</b><small>[at]</small></td>
<td>live, globally synced</td></tr>
</tbody></table></div></main></body></html>
"""


def killed(name: str, act: Any) -> Any:
    if name == "switch dev":
        raise KeyboardInterrupt
    return act()


def test_a_page_is_this(world: World) -> None:
    """Live, failed, rejected, on its way, and not in the vault yet; all of it escaped."""
    world.release("v1.0.0")
    world.broken = {("v1.0.1", "qa")}
    world.commit("fix: v1.0.1")
    world.build()
    world.upload("v1.0.1")
    world.deploy("v1.0.1", "dev")
    world.deploy("v1.0.1", "qa")
    world.release("v1.0.2", upto="uat")
    world.reject("v1.0.2", why="it costs <b>more</b>")
    world.commit("fix: v1.0.3")
    world.build()
    world.upload("v1.0.3")
    world.effect = killed
    with pytest.raises(KeyboardInterrupt):
        world.deploy("v1.0.3", "dev")
    world.effect = lambda _, act: act()
    world.commit("fix: v1.0.4")
    world.build()

    told = report_page(world.context()).replace(_STYLE, "STYLE")
    for one in world.pipeline().releases.values():
        told = told.replace(one.digest, f"[digest {one.version}]")
        told = told.replace(one.commit[:12], f"[commit {one.version}]")
    told = told.replace(world.rules().digest, "[rules]")
    assert PAGE == re.sub(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", "[at]", told)
