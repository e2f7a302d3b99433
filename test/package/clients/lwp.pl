# Submits a batch, follows the link it is given, fetches the profile: with nothing but Perl's LWP and its environment.
use strict;
use warnings;
use LWP::UserAgent;

my $base = 'https://demo.tt.omtrdc.net';
my $agent = LWP::UserAgent->new(env_proxy => 1);

sub told {
    my $reply = shift;
    die $reply->status_line unless $reply->is_success;
    return $reply->decoded_content;
}

my ($link) = told($agent->post("$base/m2/demo/v2/profile/batchUpdate", Content => "batch=thirdPartyId,tier\nC-1,gold"))
    =~ m{<batchStatus>(.*)</batchStatus>};
print "link $link\n";
my ($status) = told($agent->get($link)) =~ m{<status>(.*)</status>};
print "status $status\n";
my ($tier) = told($agent->get("$base/rest/v1/profiles/thirdPartyId/C-1?client=demo")) =~ /"tier":\{[^}]*"value":"(\w+)"/;
print "tier $tier\n";
