/**
 * Header names with the values and shapes that usually follow, and MIME boilerplate. Composed by hand for this purpose, never cut from
 * anybody's mail. Every byte is part of the protocol: see `dictionary-html.ts`.
 */
export const headerCommonplaces = `Return-Path: <bounces+
Delivered-To: mailing list 
X-Original-To: 
Envelope-To: 
Received: by 2002:a05:0000:0000:b0:000:0000:0000 with SMTP id ;
        Mon, 01 Jan 2024 00:00:00 -0800 (PST)
X-Google-Smtp-Source: 
X-Received: by 2002:a17:000:0000:b0:000:0000:0000 with SMTP id ; Tue, 02 Jan 2024 00:00:00 -0700 (PDT)
ARC-Seal: i=1; a=rsa-sha256; t=1700000000; cv=none; d=google.com; s=arc-20240605; b=
ARC-Message-Signature: i=1; a=rsa-sha256; c=relaxed/relaxed; d=google.com; s=arc-20240605;
        h=list-unsubscribe-post:list-unsubscribe:mime-version:subject:message-id:to:from:date:dkim-signature; bh=
        fh=; b=; dara=google.com
ARC-Authentication-Results: i=1; mx.google.com;
       dkim=pass header.i=@ header.s=selector1 header.b=;
       spf=pass (google.com: domain of designates as permitted sender) smtp.mailfrom=;
       dmarc=pass (p=REJECT sp=REJECT dis=NONE) header.from=
ARC-Seal: i=1; a=rsa-sha256; s=arcselector10001; d=microsoft.com; cv=none; b=
ARC-Message-Signature: i=1; a=rsa-sha256; c=relaxed/relaxed; d=microsoft.com; s=arcselector10001; h=From:Date:Subject:Message-ID:Content-Type:MIME-Version:X-MS-Exchange-AntiSpam-MessageData-ChunkCount:X-MS-Exchange-SenderADCheck; bh=
ARC-Authentication-Results: i=1; mx.microsoft.com 1; spf=pass smtp.mailfrom=; dmarc=pass action=none header.from=; dkim=pass header.d=; arc=none
Received-SPF: Pass (protection.outlook.com: domain of designates as permitted sender) receiver=protection.outlook.com; client-ip=; helo=; pr=C
Authentication-Results: spf=pass (sender IP is ) smtp.mailfrom=; dkim=pass (signature was verified) header.d=;dmarc=pass action=none header.from=;compauth=pass reason=100
Received-SPF: pass (google.com: domain of designates as permitted sender) client-ip=;
Received: from mail-sor-f41.google.com (mail-sor-f41.google.com. [209.85.220.41])
        by mx.google.com with ESMTPS id
        for <@gmail.com>
        (version=TLS1_3 cipher=ECDHE-ECDSA-AES128-GCM-SHA256 bits=128/128);
Received: from .outbound.protection.outlook.com () by .prod.outlook.com (2603:10a6:) with Microsoft SMTP Server (version=TLS1_2, cipher=TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384) id 15.20.7000.00; Mon, 1 Jan 2024 00:00:00 +0000
Received: from .eurprd.prod.outlook.com ([fe80::]) by .prod.outlook.com ([fe80::%4]) with mapi id 15.20.7000.00; Tue, 2 Jan 2024 00:00:00 +0000
X-MS-Exchange-Organization-ExpirationStartTime: 
X-MS-Exchange-Organization-ExpirationStartTimeReason: OriginalSubmit
X-MS-Exchange-Organization-ExpirationInterval: 1:00:00:00.0000000
X-MS-Exchange-Organization-Network-Message-Id: 
X-MS-Exchange-Organization-MessageDirectionality: Incoming
X-MS-Exchange-Organization-AuthSource: 
X-MS-Exchange-Organization-AuthAs: Anonymous
X-MS-Exchange-Organization-SCL: 1
X-EOPAttributedMessage: 0
X-EOPTenantAttributedMessage: 
X-MS-PublicTrafficType: Email
X-MS-TrafficTypeDiagnostic: 
X-MS-Office365-Filtering-Correlation-Id: 
X-MS-Exchange-SenderADCheck: 1
X-MS-Exchange-AntiSpam-Relay: 0
X-MS-Exchange-AntiSpam-MessageData-ChunkCount: 1
X-MS-Exchange-CrossTenant-OriginalArrivalTime: (UTC)
X-MS-Exchange-CrossTenant-Network-Message-Id: 
X-MS-Exchange-CrossTenant-Id: 
X-MS-Exchange-CrossTenant-AuthSource: 
X-MS-Exchange-CrossTenant-AuthAs: Internal
X-MS-Exchange-CrossTenant-FromEntityHeader: Hosted
X-MS-Exchange-Transport-CrossTenantHeadersStamped: 
X-MS-Exchange-Transport-EndToEndLatency: 00:00:01.0000000
X-MS-Exchange-Processed-By-BccFoldering: 15.20.7000.000
X-Microsoft-Antispam: BCL:0;
X-Microsoft-Antispam-Mailbox-Delivery: ucf:0;jmr:0;auth:0;dest:I;ENG:();
X-Microsoft-Antispam-Message-Info: =?us-ascii?Q?
X-Forefront-Antispam-Report: CIP:;CTRY:US;LANG:en;SCL:1;SRV:;IPV:NLI;SFV:NSPM;H:;PTR:;CAT:NONE;SFS:();DIR:INB;
X-MS-Has-Attach: yes
X-MS-TNEF-Correlator: 
X-OriginatorOrg: .onmicrosoft.com
Thread-Topic: 
Thread-Index: 
Accept-Language: en-US, en-GB, de-DE, fr-FR, es-ES
Content-Language: en-US
X-MimeOLE: Produced By Microsoft MimeOLE V6.00.2600.0000
X-MSMail-Priority: Normal
X-Priority: 3 (Normal)
Importance: normal
X-Gm-Message-State: 
X-Google-DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed;
        d=1e100.net; s=20230601; t=1700000000; x=1700600000;
        h=to:subject:message-id:date:from:in-reply-to:references:mime-version
         :x-gm-message-state:from:to:cc:subject:date:message-id:reply-to;
        bh=
DKIM-Signature: v=1; a=rsa-sha256; q=dns/txt; c=relaxed/simple; d=amazonses.com; s=; t=; h=From:Reply-To:To:Subject:MIME-Version:Content-Type:Content-Transfer-Encoding:Message-ID:Date:Feedback-ID; bh=; b=
DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=; s=default; t=; h=from:from:reply-to:subject:subject:date:date:message-id:message-id:to:to:cc:mime-version:mime-version:content-type:content-type:content-transfer-encoding:content-transfer-encoding:in-reply-to:in-reply-to:references:references:list-unsubscribe:list-unsubscribe-post; bh=; b=
DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/relaxed; d=; s=selector1; h=From:Date:Subject:Message-ID:Content-Type:MIME-Version; bh=; b=
X-SES-Outgoing: 
Feedback-ID: 
X-Mailgun-Sid: 
X-SG-EID: 
X-SG-ID: 
X-Entity-ID: 
X-Report-Abuse: Please forward a copy of this message, including all headers, to abuse@
X-Virus-Scanned: Debian amavisd-new at 
X-Spam-Flag: NO
X-Spam-Score: -1.9
X-Spam-Level: 
X-Spam-Status: No, score=-1.9 required=5.0 tests=BAYES_00,DKIM_SIGNED,DKIM_VALID,DKIM_VALID_AU,HTML_MESSAGE,RCVD_IN_DNSWL_NONE,SPF_HELO_NONE,SPF_PASS autolearn=ham autolearn_force=no version=3.4.6
X-Spam-Status: No, hits=-2.0 required=7.0 tests=IN_REP_TO,QUOTED_EMAIL_TEXT,REFERENCES,SIGNATURE_SHORT_DENSE,USER_AGENT version=2.40
X-Spam-Checker-Version: SpamAssassin 3.4.6 on 
Auto-Submitted: auto-generated
Precedence: bulk
Errors-To: -admin@
X-BeenThere: @lists.
X-Mailman-Version: 2.1.39
X-Loop: 
Mailing-List: contact -help@; run by ezmlm
List-Id: < .lists. >
List-Post: <mailto:>
List-Help: <mailto:-help@>, <mailto:-request@?subject=help>
List-Subscribe: <https://lists. /mailman/listinfo/>, <mailto:-request@?subject=subscribe>
List-Unsubscribe: <https://lists. /mailman/options/>, <mailto:-request@?subject=unsubscribe>
List-Unsubscribe-Post: List-Unsubscribe=One-Click
List-Archive: <https://lists. /archives/list/>
Sender: owner-@ on behalf of 
X-Accept-Language: en-us, en
X-Mailer: Apple Mail (2.3731.700.6)
X-Mailer: Microsoft Outlook 16.0
X-Mailer: Microsoft Outlook Express 6.00.2600.0000
X-Mailer: iPhone Mail (20A362)
User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:102.0) Gecko/20100101 Thunderbird/102.0
User-Agent: Mozilla Thunderbird
User-Agent: Mutt/2.2.12
User-Agent: Roundcube Webmail/1.6.0
X-Authentication-Warning: set sender to using -f
X-Sender: 
Organization: 
Disposition-Notification-To: 
This is a multi-part message in MIME format.
This is a cryptographically signed message in MIME format.
Content-Type: multipart/report; report-type=delivery-status; boundary="
Content-Type: multipart/signed; micalg=pgp-sha256; protocol="application/pgp-signature"; boundary="
Content-Type: application/pgp-signature; name="signature.asc"
Content-Description: OpenPGP digital signature
Content-Type: application/pkcs7-signature; name="smime.p7s"
Content-Type: message/delivery-status
Content-Type: message/rfc822
Content-Type: text/calendar; charset="utf-8"; method=REQUEST
Content-Type: application/ms-tnef; name="winmail.dat"
Content-Type: application/vnd.openxmlformats-officedocument.wordprocessingml.document;
	name=".docx"
Content-Type: application/vnd.openxmlformats-officedocument.spreadsheetml.sheet; name=".xlsx"
Content-Type: application/msword; name=".doc"
Content-Type: application/octet-stream; name=".zip"
Content-Type: application/pdf; name=".pdf"
Content-Type: image/gif; name="image001.gif"
Content-Type: image/jpeg; name="image001.jpg"
Content-Type: image/png; name="image001.png"
Content-Description: image001.png
Content-Disposition: inline; filename="image001.png"; size=1000; creation-date="Mon, 01 Jan 2024 00:00:00 GMT"; modification-date="Mon, 01 Jan 2024 00:00:00 GMT"
Content-ID: <image001.png@01DA0000.00000000>
X-Attachment-Id: 
Content-Disposition: attachment; filename=".pdf"
Content-Transfer-Encoding: base64
Content-Type: multipart/related; type="multipart/alternative";
	boundary="_004_"
Content-Type: multipart/mixed;
	boundary="_005_"
Content-Type: multipart/mixed; boundary="===============0000000000000000000=="
Content-Type: multipart/alternative;
	boundary="_000_"

--_000_
Content-Type: text/plain; charset="us-ascii"
Content-Transfer-Encoding: 7bit

--_000_
Content-Type: text/html; charset="iso-8859-1"
Content-Transfer-Encoding: quoted-printable

--_000_--
Content-Type: multipart/alternative; boundary="------------000000000000000000000000"
Content-Type: multipart/alternative; boundary="----=_NextPart_000_0000_01DA0000.00000000"
Content-Type: multipart/alternative; boundary="----=_Part_0_0.1700000000000"
Content-Type: multipart/alternative; boundary="0000000000000000"

--0000000000000000
Content-Type: text/plain; charset="UTF-8"

--0000000000000000
Content-Type: text/html; charset="UTF-8"
Content-Transfer-Encoding: quoted-printable

--0000000000000000--
Received: from unknown (HELO ) (192.168.0.1) by with SMTP; 1 Jan 2024 00:00:00 -0000
Received: (qmail 1000 invoked by uid 500); 1 Jan 2024 00:00:00 -0000
Received: from root@localhost by with local (Exim 4.94.2) (envelope-from <>) id 
Received: from [192.168.1.2] (.dip.t-dialin.net [80.0.0.1]) by (8.11.6/8.11.6) with ESMTP id for <>;
    Mon, 1 Jul 2002 00:00:00 +0100
Received: from phobos [127.0.0.1] by localhost with IMAP (fetchmail-5.9.0) for @localhost (single-drop); Tue, 02 Jul 2002 00:00:00 -0400 (EDT)
Received: from localhost (localhost [127.0.0.1])
	by (Postfix) with ESMTP id 0000000000
	for <>; Wed,  3 Jan 2024 00:00:00 +0000 (UTC)
Received: from mail. (mail. [10.0.0.1])
	(using TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits)
	 key-exchange X25519 server-signature RSA-PSS (2048 bits) server-digest SHA256)
	(No client certificate requested)
	by mx. (Postfix) with ESMTPS id 0000000000
	for <>; Thu,  4 Jan 2024 00:00:00 +0200 (CEST)
In-Reply-To: <CA+
References: <> 
 <
Message-ID: <@mail.gmail.com>
Message-Id: <200207010000.@
Reply-To: 
From: "" <
To: "" <
To: undisclosed-recipients:;
Cc: 
Date: Mon, Tue, Wed, Thu, Fri, 01 Jan 2024 00:00:00 +0000 (GMT) -0500 (EST) +0100 (CET)
Subject: =?utf-8?B? =?UTF-8?Q? =?iso-8859-1?Q? ?=
Subject: Re: Fwd: 
MIME-Version: 1.0 (Mac OS X Mail 16.0)
Mime-Version: 1.0
Content-Type: text/plain; charset=us-ascii; format=flowed
Content-Transfer-Encoding: 8bit
Content-Disposition: inline
MIME-Version: 1.0
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: 7bit
Status: RO
Content-Length: 
X-Status: 

`
