/// How a report looks: on a screen, light or dark, wide or narrow, and on paper.
enum ReportStyle {
    static let text: StaticString = """
        :root{--bad:#fdecea;--warn:#fff6e0;--fine:#e9f6ee;--plain:#f4f6f8}
        @media (prefers-color-scheme:dark){:root{--bad:#3b1d1c;--warn:#37290b;--fine:#14301f;--plain:#1e2329}}
        *{box-sizing:border-box}
        html{-webkit-text-size-adjust:100%;scroll-behavior:auto}
        body{margin:0;background:var(--paper);color:var(--ink);font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
        main{max-width:1240px;margin:0 auto;padding:20px 24px 60px}
        h1{font-size:26px;line-height:1.2;margin:4px 0 14px;overflow-wrap:anywhere}
        h2{font-size:20px;line-height:1.3;margin:34px 0 10px;padding-bottom:4px;border-bottom:1px solid var(--line)}
        h3{font-size:16px;margin:20px 0 6px}
        p{margin:6px 0}ul{margin:4px 0;padding-left:20px}
        a{color:var(--accent)}
        code,pre{font:13px/1.45 ui-monospace,SFMono-Regular,Consolas,"DejaVu Sans Mono",monospace;overflow-wrap:anywhere}
        pre{white-space:pre-wrap;background:var(--plain);padding:12px;border-radius:6px;margin:6px 0}
        code,td,dd,li,.place{unicode-bidi:isolate}
        .facts{display:grid;grid-template-columns:repeat(auto-fill,minmax(270px,1fr));gap:6px 22px;margin:8px 0}
        .facts div{min-width:0}.facts dt{font-size:12px;color:var(--soft)}.facts dd{margin:0;overflow-wrap:anywhere}
        .box{background:var(--plain);border-left:5px solid var(--muted);border-radius:4px;padding:8px 14px;margin:14px 0}
        .box h2{border:0;margin:4px 0 6px;padding:0}.box h3{margin-top:12px}
        .box.bad,.finding.bad{background:var(--bad);border-color:var(--error)}
        .box.warn,.finding.warn{background:var(--warn);border-color:var(--warning)}
        .box.good{background:var(--fine);border-color:var(--good)}
        .finding{background:var(--plain);border-left:5px solid var(--muted);border-radius:4px;padding:6px 14px 8px;margin:10px 0}
        .finding h3{margin:2px 0 4px}.finding li{margin:3px 0;overflow-wrap:anywhere}
        .place{font-size:13px;color:var(--soft)}.advice{margin-top:6px}
        .hint,.left,.none{color:var(--soft);font-size:14px}
        nav ul{list-style:none;display:grid;grid-template-columns:repeat(auto-fill,minmax(200px,1fr));gap:8px;padding:0;margin:16px 0}
        .tile{display:block;height:100%;padding:7px 11px;border-radius:4px;background:var(--plain);border-left:4px solid var(--muted);
        color:var(--ink);text-decoration:none}
        .tile strong{display:block;color:var(--accent)}.tile span{font-size:13px}
        .tile.bad{background:var(--bad);border-color:var(--error)}.tile.warn{background:var(--warn);border-color:var(--warning)}
        .tile.good{border-color:var(--good)}
        .scroll{overflow-x:auto;margin:8px 0}
        table{border-collapse:collapse;width:100%;font-size:14px}
        caption{text-align:left;color:var(--soft);font-size:13px;padding:2px 0 4px}
        th,td{text-align:left;vertical-align:top;padding:4px 10px 4px 0;border-bottom:1px solid var(--line);overflow-wrap:anywhere;
        min-width:64px}
        thead th{font-size:12px;color:var(--soft);font-weight:600;border-bottom-width:2px;overflow-wrap:normal}
        .number{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap;min-width:0;width:1%}
        .time{white-space:nowrap;font-variant-numeric:tabular-nums}.words{min-width:110px}.name{min-width:110px}
        tbody th{white-space:nowrap;padding-right:16px}
        .badge{display:inline-block;padding:0 7px;border-radius:9px;font-size:12px;font-weight:600;line-height:19px;
        background:var(--plain);border:1px solid var(--muted);white-space:nowrap}
        .badge.bad{border-color:var(--error);color:var(--error)}.badge.warn{border-color:var(--warning);background:var(--warn)}
        .badge.good{border-color:var(--good);color:var(--good)}
        .key{padding-left:8px;border-left:4px solid var(--muted);margin-right:10px}
        .key.bad{border-color:var(--error)}.key.warn{border-color:var(--warning)}
        figure{margin:8px 0}.scroll .chart{min-width:680px}
        footer{margin-top:40px;padding-top:8px;border-top:1px solid var(--line);color:var(--soft);font-size:13px;overflow-wrap:anywhere}
        a:focus-visible,.scroll:focus-visible{outline:2px solid var(--accent);outline-offset:2px}
        @media (max-width:640px){main{padding:12px 12px 40px}h1{font-size:22px}body{font-size:14px}
        tbody th{white-space:normal;overflow-wrap:normal;padding-right:8px}
        .rows,.rows caption,.rows tbody,.rows tr{display:block}.rows thead{position:absolute;left:-9999px}
        .rows tr{border-bottom:1px solid var(--line);padding:6px 0}.rows td:empty{display:none}
        .rows td{display:grid;grid-template-columns:92px minmax(0,1fr);gap:10px;border:0;padding:1px 0;width:auto;min-width:0;
        text-align:left;white-space:normal;justify-items:start}
        .rows td::before{content:attr(data-column);color:var(--soft);font-size:12px}
        nav ul{grid-template-columns:repeat(2,minmax(0,1fr))}.facts{grid-template-columns:1fr}}
        @page{size:A4;margin:14mm 12mm}
        @media print{:root{--bad:#fdecea;--warn:#fff6e0;--fine:#e9f6ee;--plain:#f4f6f8}
        body{font-size:9.5pt}main{max-width:none;padding:0}table{font-size:8pt}code,pre{font-size:7.5pt}
        th,td{padding:2px 6px 2px 0;min-width:0}.words{min-width:90px}.name{min-width:70px}.badge{font-size:7pt;padding:0 4px;line-height:11pt}
        .scroll{overflow:visible}.scroll .chart{min-width:0}
        h2,h3,caption{break-after:avoid}tr,.finding li,figure,.box{break-inside:avoid}thead{display:table-header-group}
        *{-webkit-print-color-adjust:exact;print-color-adjust:exact}}
        """
}
