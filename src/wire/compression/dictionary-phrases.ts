/**
 * Ordinary phrases of letters in French, Spanish, German and English, and the lines that mail programs put around them. Composed by
 * hand for this purpose, never cut from anybody's mail. Every byte is part of the protocol: see `dictionary-html.ts`.
 */
export const foreignPhrases = `Bonjour à tous, Bonjour Madame, Monsieur, Cher Monsieur, Chère Madame,
Merci beaucoup pour votre message. Je vous remercie de votre réponse. Suite à notre conversation téléphonique de ce matin, je vous prie de trouver ci-joint le document demandé.
Pourriez-vous nous confirmer la date de la réunion ? N'hésitez pas à me contacter si vous avez des questions. Je reste à votre disposition pour tout renseignement complémentaire. Dans l'attente de votre réponse,
Veuillez agréer, Madame, Monsieur, l'expression de mes salutations distinguées. Cordialement, Bien cordialement, Bien à vous, À bientôt, Bonne journée, Bonne soirée, Amitiés
Ce message et toutes les pièces jointes sont confidentiels et établis à l'intention exclusive de leurs destinataires. Si vous n'êtes pas le destinataire de ce message, merci de le détruire et d'en avertir l'expéditeur.
Si vous ne souhaitez plus recevoir nos courriels, cliquez ici pour vous désabonner. Voir la version en ligne. Envoyé de mon iPhone
-----Message d'origine-----
De : Envoyé : À : Cc : Objet : Pièces jointes : lundi mardi mercredi jeudi vendredi samedi dimanche janvier février mars avril mai juin juillet août septembre octobre novembre décembre
Le a écrit : que vous avez qui est pour les dans une avec sur nous sommes c'est aussi très bien mais plus encore
Hola a todos: Estimado señor: Estimada señora: Buenos días, Buenas tardes,
Muchas gracias por su mensaje. Le agradezco su respuesta. Adjunto le envío el documento que me pidió. ¿Podría confirmarnos la fecha de la reunión? Quedo a su disposición para cualquier duda o consulta. No dude en ponerse en contacto con nosotros. A la espera de su respuesta,
Reciba un cordial saludo, Saludos cordiales, Atentamente, Un abrazo, Hasta pronto, Un saludo,
Este mensaje y sus archivos adjuntos son confidenciales y van dirigidos exclusivamente a su destinatario. Si ha recibido este mensaje por error, le rogamos que lo elimine y lo comunique al remitente.
Si no desea recibir más correos, puede darse de baja aquí. Ver en el navegador. Enviado desde mi iPhone
-----Mensaje original-----
De: Enviado el: Para: CC: Asunto: lunes martes miércoles jueves viernes sábado domingo de enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre de
El escribió: que los para con una por las más como pero está también todos nuestro cuando
Liebe Kolleginnen und Kollegen, Sehr geehrte Damen und Herren, Sehr geehrter Herr Sehr geehrte Frau Lieber Liebe Hallo zusammen, Guten Tag, Guten Morgen,
vielen Dank für Ihre Nachricht. Vielen Dank für deine E-Mail. Anbei sende ich Ihnen die gewünschten Unterlagen. Im Anhang finden Sie die Rechnung. Wie heute telefonisch besprochen, können Sie mir bitte den Termin bestätigen? Für Rückfragen stehe ich Ihnen jederzeit gerne zur Verfügung. Ich freue mich auf Ihre Rückmeldung. Bitte melden Sie sich, wenn Sie noch Fragen haben.
Mit freundlichen Grüßen Mit besten Grüßen Viele Grüße Herzliche Grüße Liebe Grüße Beste Grüße Schöne Grüße aus Bis bald Schönes Wochenende!
Diese E-Mail enthält vertrauliche und/oder rechtlich geschützte Informationen. Wenn Sie nicht der richtige Adressat sind oder diese E-Mail irrtümlich erhalten haben, informieren Sie bitte sofort den Absender und vernichten Sie diese E-Mail.
Wenn Sie diesen Newsletter nicht mehr erhalten möchten, können Sie sich hier abmelden. Im Browser ansehen. Impressum Datenschutz Geschäftsführer: Amtsgericht Handelsregister HRB USt-IdNr.: DE Telefon: Telefax: Mobil: GmbH & Co. KG
Von meinem iPhone gesendet
-----Ursprüngliche Nachricht-----
Von: Gesendet: An: Cc: Betreff: AW: WG: Montag, Dienstag, Mittwoch, Donnerstag, Freitag, Samstag, Sonntag, Januar Februar März April Mai Juni Juli August September Oktober November Dezember
Am um schrieb : nicht und der die das ein eine ist sich mit für auf werden haben auch noch dass wir wenn oder über nach bei kann mehr nur schon sehr wird
`

export const englishPhrases = `Delivery to the following recipient failed permanently. This is an automatically generated Delivery Status Notification. The original message was received at
   ----- The following addresses had permanent fatal errors -----
   ----- Transcript of session follows -----
550 5.1.1 User unknown. Final-Recipient: rfc822; Action: failed. Status: 5.1.1. Diagnostic-Code: smtp; Remote-MTA: dns; Reporting-MTA: dns; Arrival-Date:
I am currently out of the office with limited access to email and will return on Monday. For urgent matters please contact my colleague. Please do not reply to this email. This mailbox is not monitored.
Thank you for your order. Your order has been shipped. Your order number is Order total: $ Payment method: Shipping address: Billing address: Tracking number: Your invoice is attached to this email. Please click on the link below to confirm your email address: If you did not request this, you can safely ignore this email. Reset your password. Your account has been View in browser. All rights reserved. Copyright © 20 Privacy Policy | Terms of Service | Contact us
You are receiving this email because you signed up on our website. If you no longer wish to receive these emails, you can unsubscribe at any time. To unsubscribe, click here: Manage your preferences. Update your profile. Add us to your address book.
You received this message because you are subscribed to the Google Groups "" group. To unsubscribe from this group and stop receiving emails from it, send an email to +unsubscribe@googlegroups.com. To view this discussion visit https://groups.google.com/d/msgid/
This message and any attachments are confidential and intended solely for the use of the individual or entity to whom they are addressed. If you have received this message in error, please notify the sender immediately by return email and delete it from your system. If you are not the intended recipient, any disclosure, copying or distribution of this communication is strictly prohibited. Please consider the environment before printing this email. This email has been scanned for viruses.
Reply to this email directly or view it on GitHub: You are receiving this because you are subscribed to this thread. You are receiving this because you were mentioned.
Join the meeting: Meeting ID: Passcode: Dial by your location. Microsoft Teams meeting. Invitation: Accepted: Declined: Tentative: When: Where: 
http://www. https://www. .com/ .org/ .net/ .co.uk .de/ index.html ?id= &amp; utm_source=newsletter&utm_medium=email&utm_campaign= https://lists. http://lists. /mailman/listinfo/ http://groups.yahoo.com/ https://github.com/ https://docs.google.com/ http://news.bbc.co.uk/ January February March April May June July August September October November December 00:00 AM PM GMT
> > > >> >>> | * - o 
Dear all, Dear Sir or Madam, Dear Mr. Dear Ms. Dear Hi all, Hi everyone, Hi there, Hello, Hi, Hey, Good morning, Thanks for your email. Thank you for your message. Thanks for the quick reply. Thanks in advance for your help. Many thanks. I hope this email finds you well. I am writing to you about Following up on our conversation, As discussed, As you know, Just a quick note to let you know that please find attached the Please let me know if you have any questions. Please feel free to contact me. Let me know what you think. Could you please send me I would like to know if you would be able to I'm looking forward to hearing from you. I think that we should I don't know if this is what you want, but it seems to me that it would be a good idea to I'm not sure what you mean by that. It doesn't work for me. I have been trying to get this working, and I can't find out how to do it. Does anyone know how to there is a problem with the same thing for the first time in the last few years, as well as the most of the people who have been able to use it at the moment. This is not the only way to do that, because they were going to make sure that there are some other things which should be done before the end of the year. According to the On the other hand, for example, in order to at least a lot of more than one of the such as some of those could have been no longer the number of the fact that with respect to the rest of the world about their own company said that he had been with the new version of the program from the server using the following command: error: file not found. 
Kind regards, Best regards, Warm regards, Regards, Best wishes, Yours sincerely, Sincerely, Cheers, Thanks, Thank you, Take care, All the best, Have a nice day, Talk to you soon,
Phone: Fax: Mobile: Email: Web: Tel: +44 (0) +1 ( Ltd. Inc. Street, Road, Suite, University of Department of
Sent from my iPhone
Sent from my iPad
Get Outlook for iOS
Get Outlook for Android
Sent from Mail for Windows
_______________________________________________
 mailing list
To unsubscribe send a mail to -unsubscribe@
List archives: https://lists. /mailman/listinfo/
This sf.net email is sponsored by: -------------------------------------------------------
---------- Forwarded message ---------
Begin forwarded message:
-----Original Message-----
From: [mailto:
Sent: Monday, Tuesday, Wednesday, Thursday, Friday, Saturday, Sunday, 
To: 
Cc: 
Subject: Re: Fwd: FW: RE: [PATCH] 
On Mon, Tue, Wed, Thu, Fri, Sat, Sun, 1 Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec 20 at , wrote:
> 
> On 20-01-01, at 10:00, <> wrote:
> > 
> I think that this is the 
> and it would be 
> to the list 

-- 
`
