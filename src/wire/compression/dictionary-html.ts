/**
 * Commonplaces of HTML mail, calendars, signatures and patches. Composed by hand for this purpose, never cut from anybody's
 * mail. Every byte is part of the protocol (docs/PROTOCOL.md "Frames"): a change needs a new protocol version.
 */
export const htmlCommonplaces = `BEGIN:VCALENDAR
PRODID:-//Example//Calendar 1.0//EN
VERSION:2.0
CALSCALE:GREGORIAN
METHOD:REQUEST
BEGIN:VTIMEZONE
TZID:Europe/Berlin
BEGIN:DAYLIGHT
TZOFFSETFROM:+0100
TZOFFSETTO:+0200
TZNAME:CEST
DTSTART:19700329T020000
RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU
END:DAYLIGHT
BEGIN:STANDARD
TZNAME:CET
DTSTART:19701025T030000
RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU
END:STANDARD
END:VTIMEZONE
BEGIN:VEVENT
UID:
DTSTAMP:
DTSTART;TZID=Europe/Berlin:
DTEND;TZID=Europe/Berlin:
ORGANIZER;CN=
ATTENDEE;CUTYPE=INDIVIDUAL;ROLE=REQ-PARTICIPANT;PARTSTAT=NEEDS-ACTION;RSVP=TRUE;CN=:mailto:
CLASS:PUBLIC
PRIORITY:5
TRANSP:OPAQUE
STATUS:CONFIRMED
SEQUENCE:0
SUMMARY:
LOCATION:
DESCRIPTION:
LAST-MODIFIED:
BEGIN:VALARM
ACTION:DISPLAY
TRIGGER:-PT15M
END:VALARM
END:VEVENT
END:VCALENDAR
diff --git a/src/ b/src/
new file mode 100644
index 0000000..1111111 100644
--- a/
+++ b/
@@ -1,7 +1,7 @@ static int return NULL; if (!) #include <stdio.h> const char *
Signed-off-by: Reviewed-by: Acked-by: Tested-by: Cc: stable
 1 file changed, 2 insertions(+), 1 deletion(-)
-----BEGIN PGP SIGNED MESSAGE-----
Hash: SHA256

-----BEGIN PGP SIGNATURE-----
Version: GnuPG v2
Comment: 
-----END PGP SIGNATURE-----
-----BEGIN PGP MESSAGE-----
<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN" "http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd">
<!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 4.01 Transitional//EN" "http://www.w3.org/TR/html4/loose.dtd">
<html xmlns="http://www.w3.org/1999/xhtml" xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office" xmlns:w="urn:schemas-microsoft-com:office:word" xmlns:m="http://schemas.microsoft.com/office/2004/12/omml" xmlns="http://www.w3.org/TR/REC-html40">
<head>
<meta http-equiv="Content-Type" content="text/html; charset=utf-8">
<meta http-equiv="X-UA-Compatible" content="IE=edge">
<meta name="viewport" content="width=device-width, initial-scale=1.0, maximum-scale=1.0">
<meta name="x-apple-disable-message-reformatting">
<meta name="format-detection" content="telephone=no, date=no, address=no, email=no">
<meta name="color-scheme" content="light dark">
<meta name="Generator" content="Microsoft Word 15 (filtered medium)">
<title></title>
<!--[if gte mso 9]><xml><o:OfficeDocumentSettings><o:AllowPNG/><o:PixelsPerInch>96</o:PixelsPerInch></o:OfficeDocumentSettings></xml><![endif]-->
<!--[if mso | IE]><table role="presentation" border="0" cellpadding="0" cellspacing="0" align="center" width="600" style="width:600px;"><tr><td style="line-height:0px;font-size:0px;mso-line-height-rule:exactly;"><![endif]-->
<!--[if !mso]><!--><link href="https://fonts.googleapis.com/css?family=Roboto:300,400,500,700" rel="stylesheet" type="text/css"><!--<![endif]-->
<style type="text/css"><!--
@font-face {font-family:"Cambria Math"; panose-1:2 4 5 3 5 4 6 3 2 4;}
@font-face {font-family:Calibri; panose-1:2 15 5 2 2 2 4 3 2 4;}
p.MsoNormal, li.MsoNormal, div.MsoNormal {margin:0cm; margin-bottom:.0001pt; font-size:11.0pt; font-family:"Calibri",sans-serif; mso-fareast-language:EN-US;}
a:link, span.MsoHyperlink {mso-style-priority:99; color:#0563C1; text-decoration:underline;}
a:visited, span.MsoHyperlinkFollowed {color:#954F72;}
span.EmailStyle17 {mso-style-type:personal-compose; font-family:"Calibri",sans-serif; color:windowtext;}
.MsoChpDefault {mso-style-type:export-only;}
@page WordSection1 {size:612.0pt 792.0pt; margin:72.0pt 72.0pt 72.0pt 72.0pt;}
div.WordSection1 {page:WordSection1;}
--></style>
<style>
body, table, td, a { -webkit-text-size-adjust: 100%; -ms-text-size-adjust: 100%; }
table, td { mso-table-lspace: 0pt; mso-table-rspace: 0pt; border-collapse: collapse; }
img { -ms-interpolation-mode: bicubic; border: 0; height: auto; line-height: 100%; outline: none; text-decoration: none; }
body { margin: 0 !important; padding: 0 !important; width: 100% !important; background-color: #f4f4f4; }
#outlook a { padding: 0; } .ExternalClass { width: 100%; } .ReadMsgBody { width: 100%; }
@media only screen and (max-width: 600px) { .container { width: 100% !important; max-width: 100% !important; } .hide-mobile { display: none !important; } h1 { font-size: 24px !important; line-height: 32px !important; } }
</style>
</head>
<body bgcolor="#FFFFFF" text="#000000" link="#0000ff" vlink="#551a8b" leftmargin="0" topmargin="0" marginwidth="0" marginheight="0" style="margin: 0; padding: 0; -webkit-font-smoothing: antialiased; word-wrap: break-word;">
<div style="display:none;font-size:1px;color:#ffffff;line-height:1px;max-height:0px;max-width:0px;opacity:0;overflow:hidden;">&nbsp;&zwnj;&#847;&#8203;</div>
<table width="100%" border="0" cellspacing="0" cellpadding="0" role="presentation" style="border-collapse:collapse;min-width:100%;">
<tbody><tr><td align="center" valign="top" style="padding:0 20px 20px 20px;">
<table class="container" align="center" width="600" cellpadding="0" cellspacing="0" border="0" bgcolor="#ffffff" style="max-width:600px;margin:0 auto;background-color:#ffffff;border-radius:8px;">
<tr><td colspan="2" height="20" style="font-size:0;line-height:0;">&nbsp;</td></tr>
<tr><td align="left" valign="middle" bgcolor="#FFFFFF" style="padding:10px 0;font-family:Arial,Helvetica,sans-serif;font-size:14px;line-height:20px;color:#333333;text-align:left;font-weight:bold;">
<a href="https://www." target="_blank" rel="noopener noreferrer" style="color:#ffffff;text-decoration:none;display:inline-block;background-color:#007bff;border-radius:4px;padding:12px 24px;"><img src="https://www." alt="" width="1" height="1" border="0" style="display:block;border:0;outline:none;width:100%;max-width:100%;height:auto;"></a></td></tr>
<tr><td><font face="Arial, Helvetica, sans-serif" size="2" color="#000000"><b></b></font></td></tr>
<TR><TD WIDTH="100%" VALIGN="TOP" ALIGN="LEFT"><FONT FACE="Arial,Helvetica" SIZE="2" COLOR="#000000"><A HREF="http://www."><IMG SRC="http://images." WIDTH="1" HEIGHT="1" BORDER="0"></A></FONT></TD></TR></TABLE><BR>
<h1 style="margin:0 0 16px 0;font-size:28px;line-height:36px;font-weight:normal;"></h1><h2></h2>
<p style="margin:0 0 16px 0;font-size:16px;line-height:24px;font-family:'Helvetica Neue',Helvetica,Arial,sans-serif;color:#555555;"></p>
<ul style="margin-top:0;margin-bottom:0;"><li style="margin-left:0;"></li></ul>
<span style="font-family:&quot;Segoe UI&quot;,Tahoma,Verdana,sans-serif;font-size:10.0pt;color:black;"></span>
<p class="MsoNormal"><span lang="EN-US" style="font-size:11.0pt;font-family:&quot;Calibri&quot;,sans-serif;mso-fareast-language:EN-US"><o:p>&nbsp;</o:p></span></p>
<p class="MsoNormal"><b><span style="font-size:11.0pt">From:</span></b> <b>Sent:</b> <b>To:</b> <b>Cc:</b> <b>Subject:</b> RE: <o:p></o:p></p>
<div><div style="border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0cm 0cm 0cm">
<div class="gmail_quote"><div dir="ltr" class="gmail_attr">On <a href="mailto:" target="_blank">&lt;&gt;</a> wrote:<br></div><blockquote class="gmail_quote" style="margin:0px 0px 0px 0.8ex;border-left:1px solid rgb(204,204,204);padding-left:1ex">
<div dir="ltr"><br></div><div dir="auto"><br></div><div class="gmail_signature" data-smartmail="gmail_signature"></div>
<blockquote type="cite" cite="mid:"><div class="moz-cite-prefix"><br></div><pre class="moz-signature" cols="72">-- 
</pre></blockquote>
</blockquote></div></div>
</td></tr></tbody></table>
</body>
</html>
`
