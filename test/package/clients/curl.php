<?php
// Submits a batch, follows the link it is given, fetches the profile: with nothing but PHP's curl and its environment.
const BASE = 'https://demo.tt.omtrdc.net';

function ask(string $url, ?string $body = null): string
{
    $asked = curl_init($url);
    curl_setopt_array($asked, [CURLOPT_RETURNTRANSFER => true, CURLOPT_FAILONERROR => true]);
    if ($body !== null) curl_setopt($asked, CURLOPT_POSTFIELDS, $body);
    $reply = curl_exec($asked);
    if ($reply === false) throw new RuntimeException(curl_error($asked));
    return $reply;
}

preg_match('/<batchStatus>(.*)<\/batchStatus>/', ask(BASE . '/m2/demo/v2/profile/batchUpdate', "batch=thirdPartyId,tier\nC-1,gold"), $link);
echo "link $link[1]\n";
preg_match('/<status>(.*)<\/status>/', ask($link[1]), $status);
echo "status $status[1]\n";
$profile = json_decode(ask(BASE . '/rest/v1/profiles/thirdPartyId/C-1?client=demo'), true);
echo 'tier ', $profile['profileAttributes']['tier']['value'], "\n";
